import { TrainingError } from '@ashlar/errors'
import { batchCount, batches } from '../data/batches.ts'
import type { Engine, EngineSession, PreparedProgram } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import type { Model } from '../model/model.ts'
import type { Callback } from './callback.ts'
import type { Compiled } from './compile.ts'
import { runEvaluation } from './evaluate.ts'
import { type EpochLog, type History, type Metrics, seriesOf } from './history.ts'
import { batchFeeds } from './inputs.ts'
import { checkCount, ensureBuilt, splitValidation } from './prepare.ts'
import { evaluateProgram, type TrainProgram, trainProgram } from './programs.ts'
import { FitRun } from './run.ts'
import type { Samples } from './samples.ts'

/** Options of `fit`. */
export interface FitOptions {
  /** Passes over the data, 1 by default. */
  readonly epochs?: number | undefined
  /** 32 by default. The last batch of an epoch may be smaller; no sample is dropped. */
  readonly batchSize?: number | undefined
  /** Evaluated after each epoch; the metrics get the prefix `val_`. */
  readonly validationData?: Samples | undefined
  /** Part of the samples to hold out from their end for the same purpose, instead of `validationData`; 0 by default. */
  readonly validationSplit?: number | undefined
  /** A new order in each epoch; true by default. */
  readonly shuffle?: boolean | undefined
  /** Governs the order, dropout, and the initial weights of a model that is not built yet; 0 by default. */
  readonly seed?: number | undefined
  readonly callbacks?: readonly Callback[] | undefined
  /** `onnxruntime` (default), `tfjs`, or an engine. */
  readonly engine?: Engine | string | undefined
  /** The epoch to begin with, for a run that goes on; 0 by default. */
  readonly initialEpoch?: number | undefined
  /** Stops after the current step when it is aborted. */
  readonly signal?: AbortSignal | undefined
}

/** See `Model.fit`. */
export async function fit(
  model: Model,
  compiled: Compiled,
  data: Samples,
  options: FitOptions = {},
): Promise<History> {
  const { epochs = 1, batchSize = 32, initialEpoch = 0, seed = 0 } = options
  checkCount('fit', 'epochs', epochs)
  checkCount('fit', 'batchSize', batchSize)
  const { train, validation } = splitValidation(data, options)
  ensureBuilt(model, train, options.seed)
  const engine = resolveEngine(options.engine)

  const trainer = trainProgram(model, compiled, train)
  const evaluator = validation && evaluateProgram(model, compiled, validation)
  let session: EngineSession | undefined
  try {
    session = await engine.open({ ...trainer.variables, ...evaluator?.variables })
    const stepsPerEpoch = batchCount(train, batchSize)
    const run = new FitRun({
      model,
      engine: engine.name,
      epochs,
      batchSize,
      samples: train.length,
      stepsPerEpoch,
      totalSteps: epochs * stepsPerEpoch,
      seed,
      session,
      trainer,
    })
    const prepared = evaluator && session.prepare(evaluator)
    const validate = async () =>
      evaluator && (await runEvaluation(evaluator, prepared!, session!, validation!, batchSize))
    const stepper = session.prepare(trainer)
    const last = train.length % batchSize
    await stepper.warm([Math.min(batchSize, train.length), ...(last === 0 ? [] : [last])])
    const loop = { run, compiled, train, validate, trainer, options, session }
    return await trainEpochs({ ...loop, prepared: stepper, initialEpoch })
  } finally {
    await session?.dispose()
    trainer.dispose()
    evaluator?.dispose()
  }
}

interface Loop {
  readonly run: FitRun
  readonly compiled: Compiled
  readonly train: Samples
  readonly trainer: TrainProgram
  readonly prepared: PreparedProgram
  readonly session: EngineSession
  readonly validate: () => Promise<Metrics | undefined>
  readonly options: FitOptions
  readonly initialEpoch: number
}

async function trainEpochs(loop: Loop): Promise<History> {
  const { run, compiled, trainer, session, validate, initialEpoch } = loop
  const callbacks = loop.options.callbacks ?? []
  const began = performance.now()
  const logs: EpochLog[] = []
  const finish = async (outcome: History['outcome'], reason?: string): Promise<History> => {
    session.download()
    compiled.slots = trainer.slots(session)
    const seconds = (performance.now() - began) / 1000
    const metrics = seriesOf(logs)
    const history = { epochs: logs, metrics, steps: run.step, seconds, outcome, reason }
    for (const each of callbacks) await each.onTrainEnd?.(history, run)
    return history
  }
  try {
    run.step = initialEpoch * run.stepsPerEpoch
    for (const each of callbacks) await each.onTrainBegin?.(run)
    stopIfAborted(run, loop.options.signal)
    for (let epoch = initialEpoch; epoch < run.epochs && run.stopped === undefined; epoch++) {
      const epochBegan = performance.now()
      run.epoch = epoch
      for (const each of callbacks) await each.onEpochBegin?.(epoch, run)
      const learningRate = await trainEpoch(loop, callbacks)
      // A stop in the very last step of an epoch still completes it.
      if (run.step < (epoch + 1) * run.stepsPerEpoch) break
      const trained = run.metrics()
      const validated = Object.entries((await validate()) ?? {})
      const log: EpochLog = {
        epoch,
        metrics: {
          ...trained,
          ...Object.fromEntries(validated.map(([name, value]) => [`val_${name}`, value])),
        },
        learningRate,
        seconds: (performance.now() - epochBegan) / 1000,
      }
      logs.push(log)
      for (const each of callbacks) await each.onEpochEnd?.(log, run)
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await finish('failed', message).catch((second: unknown) => {
      throw new AggregateError([error, second], message)
    })
    throw error
  }
  return finish(run.stopped === undefined ? 'finished' : 'stopped', run.stopped)
}

/** Trains on every batch of the current epoch; returns the last learning rate. */
async function trainEpoch(loop: Loop, callbacks: readonly Callback[]): Promise<number> {
  const { run, compiled, train, prepared, options } = loop
  const { optimizer } = compiled
  const { epoch, seed, batchSize, totalSteps } = run
  const shuffle = options.shuffle === false ? undefined : { seed, epoch }
  let learningRate = 0
  let index = 0
  for (const batch of batches(train, train.info, { batchSize, shuffle })) {
    learningRate = optimizer.learningRate.at(run.step, totalSteps) * run.learningRateFactor
    const { loss } = await prepared.run(batch.length, {
      ...batchFeeds(batch),
      learningRate: Float32Array.of(learningRate),
      step: Int32Array.of(compiled.steps),
      seed: Int32Array.of(seed),
      keep: Float32Array.of(index === 0 ? 0 : 1),
    })
    const log = {
      step: run.step,
      epoch,
      batch: index,
      size: batch.length,
      loss: Number(loss![0]),
      learningRate,
    }
    if (!Number.isFinite(log.loss)) throw notANumber(log.loss, log.step, learningRate)
    run.step++
    index++
    compiled.steps++
    for (const each of callbacks) await each.onBatchEnd?.(log, run)
    // Engines compute within one turn of the event loop: signals and timers get theirs here.
    await new Promise(setImmediate)
    stopIfAborted(run, options.signal)
    if (run.stopped !== undefined) break
  }
  return learningRate
}

function stopIfAborted(run: FitRun, signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return
  const { reason } = signal as { reason: unknown }
  run.stop(reason instanceof Error ? reason.message : String(reason))
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
