import { resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import type { Experiment } from '../config/schema.ts'

/**
 * Does what reads the files of an experiment. Where one is missing that something else makes, the error says what does; it is the plugin's own error otherwise.
 *
 * @throws DataError for such a file; whatever `work` throws.
 */
export async function withNeeds<T>(
  { needs = [], folder }: Pick<Experiment, 'needs' | 'folder'>,
  work: () => T | Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const missing = missingFile(error)
    const need = needs.find(({ file }) => resolve(folder, file) === missing)
    if (need === undefined) throw error
    throw new DataError({
      where: need.file,
      expected: 'must be there before this experiment',
      hint: `Make it with: ${need.command}`,
      cause: error,
    })
  }
}

/** The file that was not there, of an error or of what caused it. */
function missingFile(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const { code, path } = each as NodeJS.ErrnoException
    if (code === 'ENOENT' && path !== undefined) return resolve(path)
  }
  return undefined
}
