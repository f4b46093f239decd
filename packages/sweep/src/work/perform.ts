import {
  type Callback,
  checkOutputs,
  type DatasetSamples,
  type EpochLog,
  loadSamples,
  type Metrics,
} from '@ashlar/core'
import { AshlarError, ConfigError, DataError } from '@ashlar/errors'
import {
  buildExperiment,
  type ExperimentParts,
  type GitSource,
  openCheckpoint,
  type ResolvedExperiment,
  readTrainedOn,
  resolveExperiment,
  sourceState,
  trainExperiment,
} from '@ashlar/experiment'
import type { DataMap, Registry } from '@ashlar/plugins'
import {
  type Attempt,
  beginAttempt,
  dropAttempt,
  finishAttempt,
  leaveAttempt,
} from '../store/attempt.ts'
import { dataKey } from '../trials/digest.ts'
import { isOfTest, ofTest, plainName } from '../trials/metric.ts'
import {
  failedTask,
  givenBack,
  type TaskError,
  type TaskResult,
  type TrialTask,
} from '../trials/task.ts'
import { LacksError, requireCode, requireData } from './requires.ts'
import { withThreads } from './with-threads.ts'

/** Where and how a task is done. */
export interface PerformOptions {
  /** The plugins at hand. */
  readonly registry: Registry
  /** The sweep's folder, absolute. */
  readonly folder: string
  /** Where the experiment's relative paths start on this machine; by default where they do on the sweep's. */
  readonly home?: string | undefined
  /** Asks for an end after the step: the task is given back, and can go on. */
  readonly signal?: AbortSignal | undefined
  /** Told of each epoch. */
  onEpoch?(log: EpochLog): void
}

/** Does a task, from where anybody has got with it. Never throws: what went wrong is the result. */
export async function performTask(task: TrialTask, options: PerformOptions): Promise<TaskResult> {
  let attempt: Attempt | undefined
  try {
    for (;;) {
      if (options.signal?.aborted) return givenBack(task)
      const begun = await beginAttempt(options.folder, task)
      if ('done' in begun) return begun.done
      attempt = begun
      const result = await tryTask(task, attempt, options)
      if (result !== undefined) return result
    }
  } catch (error) {
    const failure = judge(error)
    if (failure.kind === 'machine' || failure.kind === 'lacks') {
      if (attempt !== undefined) await leaveAttempt(attempt, task.until).catch(() => undefined)
      return givenBack(task, failure)
    }
    return failedTask(task, failure)
  }
}

/** Undefined when it went wrong and may go well another time. */
async function tryTask(
  task: TrialTask,
  attempt: Attempt,
  options: PerformOptions,
): Promise<TaskResult | undefined> {
  try {
    const result = await train(task, attempt, options)
    if (result.status !== 'given-back') return await finishAttempt(attempt, result)
    await leaveAttempt(attempt, task.until)
    return result
  } catch (error) {
    const failure = judge(error)
    if (failure.kind === 'machine') throw error
    if (failure.kind === 'lacks') {
      await dropAttempt(attempt)
      throw error
    }
    if (failure.kind === 'crash' && attempt.count < task.attempts) return undefined
    const message =
      attempt.count > 1
        ? `given up after ${attempt.count} attempts: ${failure.message}`
        : failure.message
    return finishAttempt(attempt, failedTask(task, { ...failure, message }))
  }
}

async function train(
  task: TrialTask,
  { run }: Attempt,
  { registry, home, signal, onEpoch }: PerformOptions,
): Promise<TaskResult> {
  const began = new Date()
  const { requires } = task
  const config = home === undefined ? task.config : { ...task.config, folder: home }
  await requireCode(requires, String(config.folder ?? '.'))
  const resolved = withThreads(await resolveExperiment(config, { registry }), task.threads)
  const { experiment } = resolved
  const checkpoint = await openCheckpoint(run)
  const known = checkpoint && (await readTrainedOn(run, experiment))
  const parts = await buildExperiment(resolved, known)
  try {
    checkOutputs('experiment', parts.model, parts.heads, parts.dataset.info)
    const samples = await samplesOf(resolved, parts, requires.data !== undefined)
    requireData(requires, samples.digest, experiment.dataset.name)
    const pause = pauseAfter(task, signal, onEpoch)
    const summary = await trainExperiment(experiment, parts, {
      ...{ run, began, samples },
      callbacks: [pause.callback],
      signal: pause.signal,
      resume: checkpoint,
      source: (await sourceOf(experiment.folder)) ?? false,
    })
    if (pause.isInterrupted()) return givenBack(task)
    const { epochs, better, metrics } = pause.ended()
    const { steps, seconds, outcome, test } = summary
    return {
      ...{ id: task.id, until: task.until, better, epochs, steps, seconds },
      status: outcome === 'stopped' && epochs < task.until ? 'ended' : 'reached',
      metrics: { ...metrics, ...tested(test) },
    }
  } finally {
    await parts.dispose()
  }
}

/** The samples that were loaded last: most trials of a sweep have the same. */
let loaded: { readonly key: string; readonly samples: DatasetSamples } | undefined

async function samplesOf(
  { experiment }: ResolvedExperiment,
  parts: ExperimentParts,
  isAskedFor: boolean,
): Promise<DatasetSamples> {
  const key = dataKey(experiment)
  if (loaded?.key === key) return loaded.samples
  try {
    loaded = { key, samples: await loadSamples(parts.dataset) }
    return loaded.samples
  } catch (error) {
    // The machine that made the sweep has read it.
    if (!isAskedFor || !(error instanceof DataError)) throw error
    throw new LacksError(`the data of ${experiment.dataset.name} is not here: ${error.message}`)
  }
}

const sources = new Map<string, Promise<GitSource>>()

/** As it was when this process first trained from there: it has loaded that code, and loads it once. */
function sourceOf(folder: string): Promise<GitSource> {
  const known = sources.get(folder) ?? sourceState(folder)
  sources.set(folder, known)
  return known
}

interface Pause {
  readonly callback: Callback
  readonly signal: AbortSignal
  /** Whether it was ended from outside, before it had come so far. */
  isInterrupted(): boolean
  /** How it stood at the end. */
  ended(): Pick<TaskResult, 'epochs' | 'better' | 'metrics'>
}

/**
 * Has training end with its last step before the epochs are over, so that it can go on later as if it had not.
 *
 * The callback throws ConfigError, as training begins, for a sweep's metric that there is none of.
 */
function pauseAfter(
  { until, metric }: TrialTask,
  outer: AbortSignal | undefined,
  onEpoch: PerformOptions['onEpoch'],
): Pause {
  const controller = new AbortController()
  let isThere = false
  let ended: { epochs: readonly EpochLog[]; better: 'higher' | 'lower' }
  const reach = () => {
    isThere = true
    controller.abort(new Error(`the rung of ${until} epochs`))
  }
  // Until training ends: what comes while it is tested interrupts nothing, as a signal of both would.
  const interrupt = () => controller.abort(outer?.reason)
  outer?.addEventListener('abort', interrupt, { once: true })
  if (outer?.aborted) interrupt()
  const callback: Callback = {
    name: 'rung',
    onTrainBegin(run) {
      requireMetric(metric, run.metricNames)
      if (run.epoch >= until && until < run.epochs) reach()
    },
    onBatchEnd({ epoch, batch }, { stepsPerEpoch, epochs }) {
      const isLast = epoch + 1 === until && batch + 1 === stepsPerEpoch
      if (isLast && until < epochs) reach()
    },
    onEpochEnd: (log) => onEpoch?.(log),
    onTrainEnd(history, run) {
      outer?.removeEventListener('abort', interrupt)
      ended = {
        epochs: history.epochs,
        better: run.better(plainName(metric)),
      }
    },
  }
  return {
    callback,
    signal: controller.signal,
    isInterrupted: () => controller.signal.aborted && !isThere,
    ended: () => ({
      epochs: ended.epochs.length,
      better: ended.better,
      metrics: ended.epochs.at(-1)?.metrics ?? {},
    }),
  }
}

function requireMetric(metric: string, names: readonly string[]): void {
  if (names.includes(metric) || (isOfTest(metric) && names.includes(plainName(metric)))) return
  throw new MetricError({
    where: '--metric',
    expected: `must be one of ${names.join(', ')}, or one of them behind ${ofTest('')}`,
    given: metric,
    hint: metric.startsWith('val_')
      ? 'Give the experiment validation data to have such metrics: dataset.validation=0.1.'
      : undefined,
  })
}

/** Every other trial would fail as well. */
class MetricError extends ConfigError {}

function tested(metrics: Metrics = {}): Metrics {
  return Object.fromEntries(Object.entries(metrics).map(([name, value]) => [ofTest(name), value]))
}

/** What a disk says that takes no more. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EROFS'])

/** Whose fault an error is. */
function judge(error: unknown): TaskError {
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof LacksError) return { message, kind: 'lacks' }
  if (isFull(error)) return { message, kind: 'machine' }
  if (error instanceof MetricError) return { message, kind: 'sweep' }
  // Data that could not be read may be there the next time; what is wrong with an experiment stays so.
  const stays = error instanceof AshlarError && !(error instanceof DataError)
  return { message, kind: stays ? 'configuration' : 'crash' }
}

function isFull(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (FULL.has((at as NodeJS.ErrnoException).code ?? '')) return true
    if (at instanceof AggregateError && at.errors.some(isFull)) return true
  }
  return false
}

/** A resolved experiment as a task carries it. */
export function configOf({ experiment }: ResolvedExperiment): DataMap {
  return JSON.parse(JSON.stringify(experiment)) as DataMap
}
