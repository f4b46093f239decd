import { DataError } from '@ashlar/errors'
import { parseYaml } from '../config/yaml.ts'
import { readText } from '../runs/read-text.ts'
import { type RunFolder, runFiles } from '../runs/run-folder.ts'
import { originOf } from '../trust/origin.ts'
import { requireTrust } from '../trust/require-trust.ts'
import { type ResolvedExperiment, type ResolveOptions, resolveExperiment } from './resolve.ts'

/** How the experiment of a run is read. */
export interface RunOptions
  extends Pick<ResolveOptions, 'registry' | 'overrides' | 'parts' | 'look'> {
  /** Takes a run that was not made here for the user's own: it may run code, and read, write and call what it says. */
  readonly trust?: boolean | undefined
  /** Keys that do not matter any more. */
  readonly without?: readonly string[] | undefined
}

/** Keys of an experiment that testing its model uses. */
export const testParts: readonly string[] = [
  'model',
  'dataset',
  'loss',
  'optimizer',
  'metrics',
  'augmentations',
  'engine',
  'export',
]

/**
 * The experiment that a run was made from, as its config says. A run that was not made here is data: what it would do beyond its folder needs `trust`.
 * What a run has stored is complete: it stands on no other file, and reads no environment.
 *
 * @throws DataError when the config cannot be read.
 * @throws ConfigError as `resolveExperiment` does.
 */
export async function resolveRun(
  run: RunFolder,
  { trust = false, without = [], ...options }: RunOptions,
): Promise<ResolvedExperiment> {
  const path = run.file(runFiles.config)
  const origin = await originOf(run, trust)
  const links = origin?.asks.filter(({ key }) => key.endsWith(` link ${runFiles.config}`)) ?? []
  if (origin !== undefined) requireTrust(origin, links)
  const text = await readText(path).catch((cause: Error) => {
    throw new DataError({
      where: run.path,
      expected: `the run must have a readable ${runFiles.config}`,
      given: cause.message,
      cause,
    })
  })
  const config = parseYaml(text, path)
  const kept =
    typeof config === 'object' && config !== null && !Array.isArray(config)
      ? Object.fromEntries(Object.entries(config).filter(([key]) => !without.includes(key)))
      : config
  return resolveExperiment(kept, { name: 'config', folder: run.path, ...options, origin })
}
