import { TrainingError } from '@ashlar/errors'
import { type BatchOptions, rowBatches } from '../data/batches.ts'
import { type Lengths, widthOf } from '../data/lengths.ts'
import type { Samples } from '../data/samples.ts'
import { readBatches } from '../data/source.ts'
import type { EngineSession } from '../engines/engine.ts'
import type { Callback } from './callback.ts'
import { restoreCallbacks } from './callback-states.ts'
import type { BatchCheck } from './check-batches.ts'
import type { Compiled } from './compile.ts'
import { type EpochLog, type History, type Metrics, seriesOf } from './history.ts'
import { feedsOf } from './inputs.ts'
import type { WeightCheck } from './non-finite.ts'
import type { TrainProgram } from './programs.ts'
import type { TrainingState } from './resume.ts'
import { type FitRun, VALIDATION } from './run.ts'
import type { StepBatch, Steps } from './steps.ts'
import { takeAverages } from './weight-averages.ts'

/** What the loop goes over. */
export interface Loop {
  readonly run: FitRun
  readonly compiled: Compiled
  readonly train: Samples
  /** Looks at what is read; undefined for samples that were looked at before. */
  readonly check: BatchCheck | undefined
  readonly trainer: TrainProgram
  readonly session: EngineSession
  readonly steps: Steps
  /** Of sequences that are cut to the longest of a batch; undefined for samples of one length. */
  readonly lengths?: Lengths | undefined
  readonly callbacks: readonly Callback[]
  readonly shuffle: boolean
  readonly signal: AbortSignal | undefined
  readonly resume: TrainingState | undefined
  readonly initialEpoch: number
  /** Looks at the weights when the last step is done. */
  readonly weights: WeightCheck
  /** Looks whether a callback has changed what programs read in JavaScript; they are captured again then. */
  notice(): void
  /** Loss and metrics on validation data; undefined where there is none. */
  validate(): Promise<Metrics | undefined>
}

type Hook = 'onTrainBegin' | 'onEpochBegin' | 'onBatchEnd' | 'onEpochEnd' | 'onSettled'

/** Calls a hook of all callbacks that have it. Variables that they may look at are as the last step left them; what they change, the next step uses. */
async function tell<H extends Hook>(
  { callbacks, session, notice }: Loop,
  hook: H,
  ...args: Parameters<NonNullable<Callback[H]>>
): Promise<void> {
  const told = callbacks.filter((each) => each[hook] !== undefined)
  if (told.length === 0) return
  session.publish()
  for (const each of told) {
    await (each[hook] as (...given: unknown[]) => void | Promise<void>).apply(each, args)
  }
  notice()
}

/** All epochs of a run, with its callbacks. */
export async function trainEpochs(loop: Loop): Promise<History> {
  const { run, callbacks, validate, resume } = loop
  const { stepsPerEpoch } = run
  try {
    run.start()
    if (resume === undefined) {
      run.epoch = loop.initialEpoch
      run.step = loop.initialEpoch * stepsPerEpoch
    } else {
      run.goTo(resume.progress)
    }
    await tell(loop, 'onTrainBegin', run)
    if (resume !== undefined) await restoreCallbacks(callbacks, resume)
    stopIfAborted(run, loop.signal)
    while (run.epoch < run.epochs && run.stopped === undefined) {
      const { epoch } = run
      const epochBegan = run.seconds
      await tell(loop, 'onEpochBegin', epoch, run)
      loop.notice()
      const learningRate = await trainEpoch(loop)
      // A stop in the very last step of an epoch still completes it.
      if (run.batch < stepsPerEpoch) break
      // What cannot go on has no epoch behind it.
      if (epoch + 1 < run.epochs && run.stopped === undefined) await loop.steps.confirm()
      const trained = run.metrics()
      const validated = Object.entries((await validate()) ?? {})
      const log: EpochLog = {
        epoch,
        metrics: {
          ...trained,
          ...Object.fromEntries(validated.map(([name, value]) => [VALIDATION + name, value])),
        },
        learningRate,
        seconds: run.seconds - epochBegan,
      }
      run.logs.push(log)
      await tell(loop, 'onEpochEnd', log, run)
      run.epoch++
      run.batch = 0
      await tell(loop, 'onSettled', run)
    }
    // The loss of a step is that of the weights before it.
    loop.session.download()
    loop.weights.afterStep(run.step - 1)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await finishFailed(loop, message).catch((second: unknown) => {
      throw new AggregateError([error, second], message)
    })
    throw error
  }
  return finish(loop, run.stopped === undefined ? 'finished' : 'stopped', run.stopped)
}

/** Trains on the batches of the current epoch that are not done yet; returns the last learning rate. */
async function trainEpoch(loop: Loop): Promise<number> {
  const { run, compiled, steps } = loop
  const { optimizer } = compiled
  const { epoch, seed, batchSize, totalSteps, stepsPerEpoch } = run
  const order = { batchSize, shuffle: loop.shuffle ? { seed, epoch } : undefined, skip: run.batch }
  let learningRate = 0
  let asked = performance.now()
  for await (const batch of stepBatches(loop, order)) {
    const waited = (performance.now() - asked) / 1000
    learningRate = optimizer.learningRate.at(run.step, totalSteps) * run.learningRateFactor
    const loss = await steps.run(batch, run, compiled, learningRate)
    const log = {
      step: run.step,
      epoch,
      batch: run.batch,
      size: batch.length,
      loss,
      learningRate,
      waited,
    }
    if (!Number.isFinite(loss)) throw notANumber(loss, log.step, learningRate)
    run.step++
    run.batch++
    await tell(loop, 'onBatchEnd', log, run)
    // Engines compute within one turn of the event loop: signals and timers get theirs here.
    await new Promise(setImmediate)
    stopIfAborted(run, loop.signal)
    if (run.batch === stepsPerEpoch) break
    await tell(loop, 'onSettled', run)
    if (run.stopped !== undefined) break
    asked = performance.now()
  }
  return learningRate
}

/** The batches of an epoch as the step takes them. */
async function* stepBatches(
  { train, check, lengths }: Loop,
  order: BatchOptions,
): AsyncGenerator<StepBatch, void, undefined> {
  if (train.stream === undefined) {
    for (const rows of rowBatches(train, order)) {
      const width = lengths && widthOf(lengths, rows)
      yield { length: rows.length, feeds: { rows }, width }
    }
    return
  }
  for await (const batch of readBatches(train, order)) {
    await check?.look(batch)
    const width = lengths && widthOf(lengths, batch.rows)
    yield { length: batch.length, feeds: feedsOf(batch, train.info), width }
  }
}

async function finishFailed(loop: Loop, reason: string): Promise<History> {
  loop.session.download()
  return finish(loop, 'failed', reason)
}

/** The model has the weights that the engine came to. */
async function finish(
  { run, compiled, trainer, session, callbacks }: Loop,
  outcome: History['outcome'],
  reason?: string,
): Promise<History> {
  compiled.slots = trainer.slots(session)
  compiled.gathered = trainer.gathered(session)
  takeAverages(trainer.averages)
  const { logs: epochs, step: steps, seconds } = run
  const earlier = run.earlier.length > 0 && { earlier: run.earlier }
  const history = { epochs, metrics: seriesOf(epochs), steps, seconds, outcome, reason, ...earlier }
  for (const each of callbacks) await each.onTrainEnd?.(history, run)
  return history
}

function stopIfAborted(run: FitRun, signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  const { reason } = signal as { reason: unknown }
  run.interrupt(reason instanceof Error ? reason.message : String(reason))
}

function notANumber(loss: number, step: number, learningRate: number): TrainingError {
  return new TrainingError({
    where: `step ${step}`,
    expected: 'the loss must stay a number',
    given: loss,
    hint:
      `Try a learning rate below ${Number(learningRate.toPrecision(3))} or a warm-up, look for NaN in the data, and check ` +
      'that the loss fits the output (fromLogits for a model without softmax).',
  })
}
