import { dirname, resolve } from 'node:path'
import { composeExperiment } from './compose.ts'
import { nameOfFile } from './name-of-file.ts'
import { type ResolvedExperiment, type ResolveOptions, resolveExperiment } from './resolve.ts'

/** How an experiment file is read. */
export interface LoadOptions extends ResolveOptions {
  /** Experiments that `defaults` may name besides files: name to path. */
  readonly library?: Readonly<Record<string, string>> | undefined
}

/**
 * Reads an experiment from a file and what it stands on (see {@link composeExperiment}). A module exports it as
 * `experiment` or by default.
 *
 * @throws ConfigError for a file that is missing or cannot be read, and for everything that `resolveExperiment` refuses.
 * @example const { experiment, registry } = await loadExperiment('wide.yaml', { registry, overrides: ['epochs=3'] })
 */
export async function loadExperiment(
  path: string,
  options: LoadOptions,
): Promise<ResolvedExperiment> {
  const file = resolve(path)
  const { data, overrides } = await composeExperiment(file, options)
  return resolveExperiment(data, {
    name: nameOfFile(file),
    folder: dirname(file),
    ...options,
    overrides,
  })
}
