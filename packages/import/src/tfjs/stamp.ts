import { readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

interface Described {
  readonly weightsManifest?: readonly { readonly paths: readonly string[] }[]
}

/**
 * The state of a saved model's files: another text when one of them was changed.
 *
 * @param path a model.json, or the folder that it lies in.
 * @returns undefined where it is not clear what belongs to the model.
 */
export function stampOf(path: string): string | undefined {
  try {
    const description = statSync(path).isDirectory() ? join(path, 'model.json') : path
    const text = readFileSync(description, 'utf8')
    const { weightsManifest = [] } = JSON.parse(text) as Described
    const states = weightsManifest
      .flatMap(({ paths }) => paths)
      .map((each) => {
        const { size, mtimeMs, ctimeMs, ino } = statSync(join(dirname(description), each))
        return [each, size, mtimeMs, ctimeMs, ino]
      })
    return JSON.stringify([resolve(description), text, states])
  } catch {
    // Whoever reads it says what is wrong.
    return undefined
  }
}
