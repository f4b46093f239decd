import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError, DataError, unknownName } from '@ashlar/errors'
import {
  experimentExtensions,
  isRun,
  loadExperiment,
  openRun,
  type ResolvedExperiment,
  resolveRun,
} from '@ashlar/experiment'
import { isFile } from './is-file.ts'
import { builtInPlugins } from './registry.ts'

const BUILT_IN = fileURLToPath(new URL('../../experiments/', import.meta.url))

/** The experiments that come with Ashlar, by name. */
function builtInExperiments(): string[] {
  return readdirSync(BUILT_IN)
    .filter((file) => extname(file) === '.yaml')
    .map((file) => basename(file, '.yaml'))
    .sort()
}

/** How an experiment is read. */
export interface TargetOptions {
  /** `key=value`, `+key=value`, `~key`. */
  readonly overrides?: readonly string[] | undefined
  /** Names of environment variables that it may read, besides those that begin with `ASHLAR_`. */
  readonly allowEnv?: readonly string[] | undefined
  /** Takes what was not made here for the user's own. */
  readonly trust?: boolean | undefined
  /** Only looks at what was not made here: nothing is refused, and nothing can be built of it. */
  readonly look?: boolean | undefined
  /** Keys of the experiment that are used; all by default. What others would do is not asked. */
  readonly parts?: readonly string[] | undefined
}

/** What a command that trains is about. */
export interface TrainingTarget {
  readonly target: string
  readonly overrides: readonly string[]
  /** Whether `target` is a run to go on with. */
  readonly resume: boolean
}

/** What a command takes besides experiments, for its error. */
export interface OtherTargets {
  /** What it takes in all: `model or experiment`. */
  readonly kind: string
  readonly names: readonly string[]
}

/**
 * The experiment that a command is about.
 *
 * @param target the folder of a run, the name of an experiment that comes with Ashlar, or a file, which may have any name: `./` before it
 *   tells it from such an experiment.
 * @throws ConfigError for a name that is none of these: shows the known names.
 */
export async function resolveTarget(
  target: string,
  { overrides = [], allowEnv, trust, look, parts }: TargetOptions = {},
  { kind, names }: OtherTargets = { kind: 'experiment', names: [] },
): Promise<ResolvedExperiment> {
  const stored = { registry: builtInPlugins(), overrides, trust, look, parts }
  const known = builtInExperiments()
  const library = Object.fromEntries(known.map((name) => [name, join(BUILT_IN, `${name}.yaml`)]))
  const environment = { variables: process.env, allow: allowEnv }
  const options = { ...stored, library, environment }
  if (await isRun(target)) {
    // What a run has stored is complete, and data: nothing in it is looked at again.
    return resolveRun(await openRun(target), stored)
  }
  if (experimentExtensions.includes(extname(target))) return loadExperiment(target, options)
  if (known.includes(target)) {
    // Paths in overrides start where the user is, not where Ashlar is installed.
    const folder = process.cwd()
    return loadExperiment(library[target]!, { ...options, folder })
  }
  // Any other file, whatever it is called.
  if (await isFile(target)) return loadExperiment(target, options)
  if (/[\\/]/.test(target)) {
    throw new DataError({
      where: target,
      expected: 'must be an experiment: a file, or the folder of a run',
      hint: existsSync(target) ? undefined : 'There is nothing at this path.',
    })
  }
  const problem = unknownName('ashlar', kind, target, [...names, ...known])
  const files = 'An experiment of your own is a file of any name, or the folder of a run.'
  throw new ConfigError({
    ...problem,
    hint: problem.hint === undefined ? files : `${problem.hint} ${files}`,
  })
}
