import { checkNames } from '@ashlar/plugins'
import type { Samples } from '../data/samples.ts'
import { readBatches } from '../data/source.ts'
import type { Engine, EngineSession, PreparedProgram } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import type { Network } from '../network/network.ts'
import { prepareStates } from '../network/recurrent-state.ts'
import { type BatchCheck, batchCheck } from './check-batches.ts'
import { checkArrays } from './check-data.ts'
import { checkAllLabels, checkHeads, labelUseOf } from './check-heads.ts'
import { checkIndices } from './check-indices.ts'
import type { Compiled } from './compile.ts'
import { FirstRuns } from './first-runs.ts'
import { forwardOf } from './forward.ts'
import type { Metrics } from './history.ts'
import { feedsOf } from './inputs.ts'
import { checkEvaluated } from './non-finite.ts'
import { checkCount, ensureTakes } from './prepare.ts'
import { evaluateProgram, type StatefulProgram } from './programs.ts'
import { settle } from './reading.ts'

/** Options of `evaluate`. */
export interface EvaluateOptions {
  /** 256 by default. The result does not depend on it. */
  readonly batchSize?: number | undefined
  /** `onnxruntime` (default), `tfjs`, or an engine. */
  readonly engine?: Engine | string | undefined
  /** Governs what a model draws that is random in evaluation too; 0 by default. */
  readonly seed?: number | undefined
}

/** See `Model.evaluate`. */
export async function evaluate(
  model: Network,
  compiled: Compiled,
  samples: Samples,
  options?: EvaluateOptions,
): Promise<Metrics> {
  checkNames('evaluate', options, { batchSize: true, engine: true, seed: true })
  const { batchSize = 256, engine, seed = 0 } = options ?? {}
  checkCount('evaluate', 'batchSize', batchSize)
  checkHeads('evaluate', compiled)
  checkArrays('evaluate', samples)
  ensureTakes(model, samples)
  const forward = forwardOf(model, samples.info)
  const { picks } = forward
  settle(compiled, model, samples)
  checkAllLabels('evaluate', compiled, samples, forward)
  await checkIndices('evaluate', samples, picks)
  prepareStates('evaluate', model, { batchSize, samples: samples.length })
  const program = evaluateProgram(model, compiled, samples)
  let session: EngineSession | undefined
  let check: BatchCheck | undefined
  try {
    check = await batchCheck('evaluate', samples, {
      picks,
      uses: compiled.heads.map((head) => ({ ...labelUseOf(head, forward), name: head.name })),
    })
    session = await resolveEngine(engine).open(program.variables)
    const prepared = session.prepare(program)
    const metrics = await runEvaluation({
      where: 'evaluate',
      model,
      program,
      prepared,
      session,
      samples,
      check,
      batchSize,
      seed,
    })
    // What the model assigns in evaluation too.
    session.download()
    return metrics
  } finally {
    await check?.dispose()
    await session?.dispose()
    program.dispose()
  }
}

/** An evaluation that is ready to run. */
export interface Evaluation {
  /** Names it in errors. */
  readonly where: string
  readonly model: Network
  readonly program: StatefulProgram
  readonly prepared: PreparedProgram
  readonly session: EngineSession
  readonly samples: Samples
  /** Looks at what is read; undefined for samples that were looked at before. */
  readonly check: BatchCheck | undefined
  readonly batchSize: number
  /** Governs what is random in evaluation too. */
  readonly seed: number
  /** Whether the same will be evaluated again. Default false. */
  readonly comesAgain?: boolean | undefined
}

/**
 * Runs an evaluation program over all samples. What is random in it is the same each time.
 *
 * @throws TrainingError for outputs or a loss that are no numbers.
 */
export async function runEvaluation(evaluation: Evaluation): Promise<Metrics> {
  const { where, model, program, prepared, session, samples, check, batchSize, seed } = evaluation
  const firstRuns = new FirstRuns()
  let step = 0
  let left = samples.length
  for await (const batch of readBatches(samples, { batchSize })) {
    await check?.look(batch)
    const keep = Float32Array.of(step === 0 ? 0 : 1)
    const draws = { step: Int32Array.of(step++), seed: Int32Array.of(seed) }
    await prepared.run(batch.length, { ...feedsOf(batch, samples.info), keep, ...draws })
    left -= batch.length
    firstRuns.add(prepared, batch.length)
    // Before anybody else has a turn who may change what the program reads.
    if (evaluation.comesAgain === true || left >= batch.length) await firstRuns.confirm()
    await new Promise(setImmediate)
  }
  const metrics = program.metrics(session)
  const broken = program.broken?.(session) ?? 0
  checkEvaluated(where, model, { broken, samples: samples.length, loss: metrics.loss! })
  return metrics
}
