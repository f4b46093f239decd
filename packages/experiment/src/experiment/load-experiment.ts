import { dirname, resolve } from 'node:path'
import { ConfigError } from '@ashlar/errors'
import { composeExperiment } from './compose.ts'
import { nameOfFile } from './name-of-file.ts'
import { type ResolvedExperiment, type ResolveOptions, resolveExperiment } from './resolve.ts'

/** How an experiment file is read. */
export interface LoadOptions extends ResolveOptions {
  /** Experiments that `defaults` may name besides files: name to path. */
  readonly library?: Readonly<Record<string, string>> | undefined
  /** Takes what came with somebody's run for the user's own; see `composeExperiment`. */
  readonly trust?: boolean | undefined
}

/**
 * Reads an experiment from a file and what it stands on (see `composeExperiment`). A module exports it as
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
  const { data, overrides, origin, own } = await composeExperiment(file, options)
  if (origin !== undefined && options.environment !== undefined && readsEnvironment(own)) {
    throw new ConfigError({
      where: path,
      expected: `an experiment that stands on a file of ${origin.where} must not read the environment`,
      hint: 'Add --trust if you trust that file.',
    })
  }
  return resolveExperiment(data, {
    name: nameOfFile(file),
    folder: dirname(file),
    ...options,
    overrides,
    // What another's file says of the environment is text, as all of it.
    ...(origin && { origin, own, environment: undefined }),
  })
}

/** A value that another's file could send somewhere. */
function readsEnvironment(own: object): boolean {
  return JSON.stringify(own).includes('${env:')
}
