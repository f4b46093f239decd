import { EngineError } from '@ashlar/errors'
import type { ExplainPlan } from '@ashlar/graph'
import { rowBatches } from '../data/batches.ts'
import type { Samples } from '../data/samples.ts'
import { readSamples } from '../data/source.ts'
import type { Engine } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import { hasOwnStep, ownStepProgram, tryOwnStep } from './custom-step.ts'
import { feedsOf } from './inputs.ts'
import { checkCount, ensureTakes } from './prepare.ts'
import { trainProgram } from './programs.ts'
import type { Trainable } from './trainable.ts'

export type { ExplainPlan } from '@ashlar/graph'

/** What step to explain. */
export interface ExplainOptions {
  /** 32 by default, as for `fit`. */
  readonly batchSize?: number | undefined
  /** `onnxruntime` (default), or an engine that compiles. */
  readonly engine?: Engine | string | undefined
}

/**
 * Where the time of a training step goes: kernels, the forms that compute them, milliseconds, GFLOP/s. Runs a few steps on copies of the weights; the
 * model stays as it is.
 *
 * @param model compiled.
 * @throws EngineError for an engine that calls kernels one by one.
 */
export async function explainTraining(
  model: Trainable,
  samples: Samples,
  options: ExplainOptions = {},
): Promise<ExplainPlan> {
  const { batchSize = 32 } = options
  checkCount('explain', 'batchSize', batchSize)
  const compiled = model.compiled('explain')
  const engine = resolveEngine(options.engine)
  if (engine.explain === undefined) {
    throw new EngineError({
      where: `engine ${engine.name}`,
      expected: 'the engine must compile the step for there to be a plan',
      hint: 'The engine onnxruntime does.',
    })
  }
  ensureTakes(model, samples)
  const program = hasOwnStep(model)
    ? ownStepProgram(model, compiled, samples, { names: await tryOwnStep(model, samples) })
    : trainProgram(model, compiled, samples)
  try {
    const [rows] = rowBatches(samples, { batchSize })
    const learningRate = compiled.optimizer.learningRate.at(0, 1)
    const rates = Object.entries(program.rates ?? {}).map(([name, schedule]) => [
      name,
      Float32Array.of(schedule.at(0, 1)),
    ])
    const feeds = {
      ...(samples.stream === undefined
        ? { rows: rows! }
        : feedsOf(await readSamples(samples, rows!), samples.info)),
      learningRate: Float32Array.of(learningRate),
      ...Object.fromEntries(rates),
      step: Int32Array.of(0),
      seed: Int32Array.of(0),
      keep: Float32Array.of(0),
    }
    return await engine.explain(program, program.variables, { size: rows!.length, feeds })
  } finally {
    program.dispose()
  }
}
