import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveExperiment } from '@ashlar/experiment'
import { resolveReference } from '@ashlar/plugins'
import { nodeArguments } from '@ashlar/test-support'
import {
  commandOf,
  createSweep,
  type FinishedSweep,
  type PlannedSweep,
  parseSpace,
  planSweep,
  runSweep,
  type SweepOptions,
  type SweepRequest,
} from '../../src/index.ts'
import { registry } from './plugins.ts'

// Workers, pods and trials are processes, many of them: what is built they load in half the time.
process.execArgv = nodeArguments()

const moduleAt = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Modules that processes of trials can be. */
export const TRAINING: string = moduleAt('trial-process.ts')
export const TRIVIAL: string = moduleAt('trivial-process.ts')

/** How clusters start `trial`. */
const COMMAND = commandOf(moduleAt('trial-command.ts'))

/** A temporary folder, for the time of `fn`. */
export async function inScratch<T>(fn: (folder: string) => Promise<T>): Promise<T> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'ashlar-sweep-')))
  try {
    return await fn(folder)
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  }
}

/** What is asked for in a test: a plugin by name or with its options. */
type Asked = Partial<Omit<SweepRequest, 'suggester' | 'scheduler' | 'launcher'>> & {
  readonly suggester?: string | { readonly name: string }
  readonly scheduler?: string | { readonly name: string }
  readonly launcher?: string | { readonly name: string; readonly [option: string]: unknown }
}

/** A sweep over a tiny experiment. */
export function tinySweep(asked: Asked): Omit<SweepRequest, 'base'> {
  const all = registry()
  return {
    name: 'tiny',
    target: 'tiny',
    args: ['optimizer.learningRate=1e-4..1e-1:log'],
    metric: 'val_loss',
    trials: 4,
    constraints: [],
    seed: 1,
    minutes: undefined,
    patience: undefined,
    attempts: 3,
    threads: 1,
    parallel: undefined,
    began: '2026-11-03T14:25:01.000Z',
    ...asked,
    suggester: resolveReference(all, 'suggester', asked.suggester ?? 'random', '--suggester'),
    scheduler: resolveReference(all, 'scheduler', asked.scheduler ?? 'full', '--scheduler'),
    launcher: resolveReference(all, 'launcher', asked.launcher ?? 'inline', '--launcher'),
  }
}

/** What every trial of a tiny sweep has, before what its request says. */
const TINY = { model: 'perceptron', dataset: 'clouds', epochs: 3, batchSize: 16, engine: 'tfjs' }

/** How the experiment of a tiny sweep is read. */
export function resolver(args: readonly string[]): SweepOptions['resolve'] {
  const { fixed } = parseSpace(args)
  return (overrides) =>
    resolveExperiment(TINY, {
      registry: registry(),
      name: 'tiny',
      overrides: [...fixed, ...overrides],
    })
}

/** Plans a tiny sweep. */
export function planTiny(request: Omit<SweepRequest, 'base'>): Promise<PlannedSweep> {
  return planSweep(request, { registry: registry(), resolve: resolver(request.args) })
}

/** Makes a tiny sweep, in a folder under `out`, or goes on with one. */
export async function makeTiny(
  out: string,
  asked: Asked,
  options: Partial<SweepOptions> & { folder?: Awaited<ReturnType<typeof createSweep>> } = {},
): Promise<FinishedSweep> {
  const planned = await planTiny(tinySweep(asked))
  const folder = options.folder ?? (await createSweep(out, planned))
  return runSweep(planned, folder, {
    resolve: resolver(planned.request.args),
    module: TRAINING,
    command: COMMAND,
    ...options,
  })
}
