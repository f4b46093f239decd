import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Comparison, compareFile } from './real-file.ts'

/** The Python that exports them. */
export const python: string = process.env.ASHLAR_PYTHON ?? 'python3'

/** Whether that Python has torchvision and timm, and modules besides. */
export function hasNetworks(...modules: readonly string[]): boolean {
  const networks = fileURLToPath(new URL('../../../../scripts/peers', import.meta.url))
  return has(['torch_networks', ...modules], { PYTHONPATH: networks })
}

/** Whether that Python has modules. */
export function hasModules(...modules: readonly string[]): boolean {
  return has(modules, {})
}

function has(modules: readonly string[], environment: NodeJS.ProcessEnv): boolean {
  const env = { ...process.env, KERAS_BACKEND: 'torch', ...environment }
  return spawnSync(python, ['-c', `import ${modules.join()}`], { env }).status === 0
}

/** What an imported network may differ by from onnxruntime on the original, see {@link Comparison}. */
export const CLOSE = 1e-5

/** How a network came out. */
export interface Outcome {
  readonly name: string
  /** Left out where it did well. */
  readonly problem?: string
  /** In the file that it was exported to. */
  readonly transposes?: number
}

/** Compares a file; problems are words, and what was found is printed. */
export async function outcomeOf(
  name: string,
  ...given: Parameters<typeof compareFile>
): Promise<Outcome> {
  let problem: string | undefined
  let found: Comparison | undefined
  try {
    found = await compareFile(...given)
    const { imported, exported } = found
    if (!(imported <= CLOSE)) problem = `imported ${imported.toExponential(1)}`
    else if (!(exported <= CLOSE)) problem = `exported again ${exported.toExponential(1)}`
  } catch (error) {
    problem = (error as Error).message.replaceAll('\n', ' ').slice(0, 400)
  }
  const figures =
    found &&
    `${found.imported.toExponential(1)}, again ${found.exported.toExponential(1)}, ${found.transposes.join(' transposes of ')}`
  process.stdout.write(`${name}: ${problem ?? figures}\n`)
  const transposes = found?.transposes[0] ?? 0
  return problem === undefined ? { name, transposes } : { name, problem, transposes }
}

/**
 * Has a script of `test/peers` export networks, and compares each as it comes.
 *
 * @param more of the command line: a folder, and names.
 */
export async function exportAndCompare(
  script: string,
  more: readonly string[],
): Promise<Outcome[]> {
  const path = fileURLToPath(new URL(`../peers/${script}`, import.meta.url))
  const child = spawn(python, [path, ...more], { stdio: ['ignore', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  const outcomes: Outcome[] = []
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      // torch says more than it is asked.
      if (!line.startsWith('{"name"')) continue
      const { name, file, error } = JSON.parse(line) as Record<'name' | 'file' | 'error', string>
      if (file === undefined) outcomes.push({ name, problem: `is not exported: ${error}` })
      else outcomes.push(await outcomeOf(name, file))
    }
    await ended
  } finally {
    child.kill()
  }
  return outcomes
}
