import { resolve } from 'node:path'
import { removeHalfWritten } from '@ashlar/core/files'
import { ConfigError, DataError } from '@ashlar/errors'
import { type ResolvedExperiment, type RunFolder, toYaml } from '@ashlar/experiment'
import { claimRun, createRun, refuseIfTrained, releaseRun } from '@ashlar/experiment/runs'
import { instantiate, type Registry } from '@ashlar/plugins'
import type { LaunchContext, Launcher } from '../launch/launcher.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import { parseConstraint } from '../space/constraint.ts'
import { type Parameter, type Point, valueAt } from '../space/parameter.ts'
import { overridesOf, parseSpace } from '../space/parse.ts'
import { type Space, spaceSize } from '../space/space.ts'
import { sweepWork } from '../store/attempt.ts'
import { readTrials, TrialLog } from '../store/trial-log.ts'
import type { Suggester } from '../suggest/suggester.ts'
import { dataKey, digestOf, trialId } from '../trials/digest.ts'
import { isOfTest } from '../trials/metric.ts'
import { type SweepTable, type Trial, tableOf } from '../trials/trial.ts'
import { configOf } from '../work/perform.ts'
import { requirementsOf } from '../work/requires.ts'
import { Coordinator, type Ending, type SweepEvent } from './coordinate.ts'
import { sweepFiles } from './files.ts'
import { groupEnding, paramsOf, RunGroups } from './groups.ts'
import { Planner, type ResolveTrial } from './planner.ts'
import { type SweepRequest, writeRequest } from './request.ts'

/** What a sweep needs besides its request. */
export interface SweepOptions {
  /** Reads the experiment of the sweep with overrides. */
  readonly resolve: ResolveTrial
  /** See {@link LaunchContext}. */
  readonly module: string
  /** See {@link LaunchContext}. */
  readonly command: readonly string[]
  readonly signal?: AbortSignal | undefined
  changed?(event: SweepEvent, progress: SweepProgress): void
  notice?(text: string): void
}

/** How far a sweep is. */
export interface SweepProgress {
  readonly trials: ReadonlyMap<string, Trial>
  /** At most so many trials; infinite where only time or a plateau ends it. */
  readonly limit: number
}

/** A sweep that is ready to begin. */
export interface PlannedSweep {
  readonly request: SweepRequest
  readonly space: Space
  readonly suggester: Suggester
  readonly scheduler: Scheduler
  readonly launcher: Launcher
  readonly limit: number
  /** The experiment with some values of what is varied. */
  readonly resolved: ResolvedExperiment
}

/** What a sweep came to. */
export interface FinishedSweep extends SweepTable, Ending {
  readonly folder: RunFolder
}

/**
 * Checks what a sweep is to do.
 *
 * @throws ConfigError for anything that cannot be.
 */
export async function planSweep(
  request: Omit<SweepRequest, 'base'>,
  { registry, resolve }: { readonly registry: Registry; readonly resolve: ResolveTrial },
): Promise<PlannedSweep> {
  const { parameters } = parseSpace(request.args)
  const keys = parameters.map(({ key }) => key)
  const constraints = request.constraints.map((text) => parseConstraint(text, keys))
  const space: Space = { parameters, constraints }
  const make = <K extends 'suggester' | 'scheduler' | 'launcher'>(kind: K) => {
    const { name, ...options } = request[kind]
    return instantiate(registry.get(kind, name, `--${kind}`).plugin, options, {
      seed: request.seed,
    })
  }
  const suggester = make('suggester')
  const scheduler = make('scheduler')
  const launcher = make('launcher')
  const limit = limitOf(request, space, suggester)
  const { base, resolved } = await baseOf(parameters, request, { resolve, scheduler })
  return { request: { ...request, base }, space, suggester, scheduler, launcher, limit, resolved }
}

function limitOf(
  { trials, minutes, patience }: Pick<SweepRequest, 'trials' | 'minutes' | 'patience'>,
  space: Space,
  suggester: Suggester,
): number {
  if (space.parameters.length === 0) return 1
  const size = suggester.size?.(space) ?? spaceSize(space)
  if (trials !== undefined) return Math.min(trials, size)
  if (Number.isFinite(size) || minutes !== undefined || patience !== undefined) return size
  throw new ConfigError({
    where: 'sweep',
    expected: `with the suggester ${suggester.name}, something must end it`,
    hint: 'Give it --trials, --minutes or --patience.',
  })
}

/** What is the same in every trial, by digest. An experiment that cannot be at all is refused here, not a hundred times. */
async function baseOf(
  parameters: readonly Parameter[],
  { metric }: Pick<SweepRequest, 'metric'>,
  { resolve, scheduler }: { resolve: ResolveTrial; scheduler: Scheduler },
): Promise<{ base: string; resolved: ResolvedExperiment }> {
  const ends = [0, 1, 0.5].map((unit) => parameters.map((each) => [each.key, valueAt(each, unit)]))
  let refused: unknown
  for (const point of ends) {
    try {
      const resolved = await resolve(overridesOf(Object.fromEntries(point) as Point))
      const { experiment } = resolved
      if (experiment.fold?.index === 'all') throw noFolds()
      const { epochs } = experiment
      if (isOfTest(metric) && scheduler.first(epochs) < epochs) throw noTest(metric)
      return { base: digestOf([trialId(experiment), Object.fromEntries(point)]), resolved }
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      refused ??= error
    }
  }
  throw refused
}

function noFolds(): ConfigError {
  return new ConfigError({
    where: 'sweep',
    expected: 'a trial must be one training, and an experiment with all folds is one for each',
    hint: 'Give one fold, fold.index=0, or vary it: fold.index=0..4.',
  })
}

function noTest(metric: string): ConfigError {
  return new ConfigError({
    where: '--metric',
    expected:
      'trials that pause are compared before anything is tested, so the metric must be one of an epoch',
    given: metric,
    hint: 'For example val_accuracy, with dataset.validation=0.1.',
  })
}

/** Lists the trials of a sweep without making them; as far as they follow from nothing but the sweep. */
export async function listTrials(
  planned: PlannedSweep,
  { resolve }: Pick<SweepOptions, 'resolve'>,
): Promise<Trial[]> {
  if (planned.suggester.learns) {
    throw new ConfigError({
      where: '--dry-run',
      expected: `the suggester ${planned.suggester.name} goes by what came of earlier trials, so there is no list of them`,
      hint: 'Without --dry-run, --trials says how many there will be.',
    })
  }
  if (!Number.isFinite(planned.limit)) {
    throw new ConfigError({
      where: '--dry-run',
      expected: 'the number of trials must be known',
      hint: 'Give it --trials.',
    })
  }
  const trials = new Map<string, Trial>()
  const planner = await plannerOf(planned, trials, resolve)
  try {
    while ((await planner.next()) !== undefined);
  } finally {
    await planner.end()
  }
  return [...trials.values()]
}

async function plannerOf(
  { request, space, suggester, limit }: PlannedSweep,
  trials: Map<string, Trial>,
  resolve: ResolveTrial,
): Promise<Planner> {
  const { seed, base } = request
  const count = Number.isFinite(limit) ? limit : Number.MAX_SAFE_INTEGER
  const suggestions = await suggester.begin({ space, seed, trials: count })
  const { learns } = suggester
  return new Planner({ space, suggestions, learns, resolve, base, limit }, trials)
}

/**
 * Makes the folder of a new sweep.
 *
 * @throws what the launcher says is missing; then there is no folder.
 */
export async function createSweep(out: string, planned: PlannedSweep): Promise<RunFolder> {
  await planned.launcher.check(resolve(out))
  const { name, began } = planned.request
  const folder = await createRun(out, `${name}-sweep`, new Date(began), { latest: false })
  await writeRequest(folder, planned.request)
  return folder
}

/**
 * Makes all trials of a sweep, or those that are left.
 *
 * @param folder of the sweep, with its request in it.
 * @throws DataError when another process works on it.
 */
export async function runSweep(
  planned: PlannedSweep,
  folder: RunFolder,
  options: SweepOptions,
): Promise<FinishedSweep> {
  const { request } = planned
  await refuseIfTrained(folder)
  await claimRun(folder, { began: new Date().toISOString() })
  try {
    await removeHalfWritten(folder.path)
    const path = folder.file(sweepFiles.log)
    const trials = await readTrials(path, request.metric, planned.space.parameters)
    const log = await TrialLog.open(path)
    try {
      const ending = await coordinate(planned, folder, { ...options, trials, log })
      const table = tableOf([...trials.values()])
      await folder.writeJson(sweepFiles.results, table)
      await writeBest(folder, table, options)
      // What was interrupted goes on from there.
      if (!ending.isInterrupted && ending.reason === undefined) await sweepWork(folder.path)
      return { ...table, ...ending, folder }
    } finally {
      await log.close()
    }
  } finally {
    await releaseRun(folder).catch(() => undefined)
  }
}

async function coordinate(
  planned: PlannedSweep,
  folder: RunFolder,
  { trials, log, ...options }: SweepOptions & { trials: Map<string, Trial>; log: TrialLog },
): Promise<Ending> {
  const { request, scheduler, launcher, limit, resolved } = planned
  const { resolve, signal, module, command, notice = () => undefined } = options
  const { metric, attempts, minutes, patience, threads } = request
  const planner = await plannerOf(planned, trials, resolve)
  try {
    const context: LaunchContext = {
      ...{ sweep: folder.name, folder: folder.path, module, command, threads, notice },
    }
    const launched = await launcher.open(context)
    try {
      const group = { name: folder.name, folder: folder.path, params: paramsOf(request) }
      const groups = await RunGroups.open(resolved, group, trials.values(), notice)
      const capacity = Math.min(launched.capacity, request.parallel ?? Number.POSITIVE_INFINITY)
      const progress = { trials, limit }
      const coordinator = new Coordinator({
        ...{ trials, planner, scheduler, launched, capacity, log, resolve },
        ...{ metric, attempts, minutes, patience, signal },
        configure: (config) => groups.configured(config),
        requires: launcher.isRemote ? remembered(requirementsOf) : async () => ({ plugins: {} }),
        changed(event) {
          if (event.kind === 'result') groups.add(event.trial, event.result)
          options.changed?.(event, progress)
        },
      })
      const ending = await coordinator.run().catch(async (error: unknown) => {
        await groups.end(groupEnding(trials, 'failed'))
        throw error
      })
      await groups.end(groupEnding(trials, ending.isInterrupted ? 'interrupted' : 'finished'))
      return ending
    } finally {
      await launched.end()
    }
  } finally {
    await planner.end()
  }
}

type Require = typeof requirementsOf

/** Data is read once, however many trials have it. */
function remembered(require: Require): Require {
  const known = new Map<string, ReturnType<Require>>()
  return (resolved) => {
    const key = dataKey(resolved.experiment)
    const found = known.get(key) ?? require(resolved)
    known.set(key, found)
    return found
  }
}

async function writeBest(
  folder: RunFolder,
  { best }: SweepTable,
  { resolve }: Pick<SweepOptions, 'resolve'>,
): Promise<void> {
  if (best === null) return
  const config = configOf(await resolve(overridesOf(best.params)))
  const params = Object.entries(best.params).map(
    ([key, value]) => `# ${key}=${JSON.stringify(value)}`,
  )
  const head = `# The best trial of ${folder.name}, ${best.id}. Train it again: ashlar run ${sweepFiles.best}\n${params.join('\n')}\n`
  await folder.write(sweepFiles.best, head + toYaml(config))
}

/** Whether what a sweep is to go on with is what it began with. @throws DataError otherwise. */
export function refuseOtherBase(began: SweepRequest, now: SweepRequest): void {
  if (began.base === now.base) return
  throw new DataError({
    where: began.target,
    expected:
      'a sweep must go on with the experiment that it began with, and this is another one now',
    hint: 'Put the experiment back as it was, or begin a new sweep.',
  })
}
