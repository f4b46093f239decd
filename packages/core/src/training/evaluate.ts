import { batches } from '../data/batches.ts'
import type { Engine, EngineSession, PreparedProgram } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import type { Model } from '../model/model.ts'
import { prepareStates } from '../model/recurrent-state.ts'
import type { Compiled } from './compile.ts'
import type { Metrics } from './history.ts'
import { batchFeeds } from './inputs.ts'
import { checkCount, ensureBuilt } from './prepare.ts'
import { evaluateProgram, type StatefulProgram } from './programs.ts'
import type { Samples } from './samples.ts'

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
  model: Model,
  compiled: Compiled,
  samples: Samples,
  { batchSize = 256, engine, seed = 0 }: EvaluateOptions = {},
): Promise<Metrics> {
  checkCount('evaluate', 'batchSize', batchSize)
  ensureBuilt(model, samples)
  prepareStates('evaluate', model, { batchSize, samples: samples.length })
  const program = evaluateProgram(model, compiled, samples)
  let session: EngineSession | undefined
  try {
    session = await resolveEngine(engine).open(program.variables)
    const prepared = session.prepare(program)
    const metrics = await runEvaluation(program, prepared, session, samples, { batchSize, seed })
    // What the model assigns in evaluation too.
    session.download()
    return metrics
  } finally {
    await session?.dispose()
    program.dispose()
  }
}

/** Runs an evaluation program over all samples. What is random in it is the same each time. */
export async function runEvaluation(
  program: StatefulProgram,
  prepared: PreparedProgram,
  session: EngineSession,
  samples: Samples,
  { batchSize, seed }: { readonly batchSize: number; readonly seed: number },
): Promise<Metrics> {
  let step = 0
  for (const batch of batches(samples, samples.info, { batchSize })) {
    const keep = Float32Array.of(step === 0 ? 0 : 1)
    const draws = { step: Int32Array.of(step++), seed: Int32Array.of(seed) }
    await prepared.run(batch.length, { ...batchFeeds(batch), keep, ...draws })
    await new Promise(setImmediate)
  }
  return program.metrics(session)
}
