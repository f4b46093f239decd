import { ShapeError } from '@ashlar/errors'
import { checkNames } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { type Samples, samplesOf } from '../data/samples.ts'
import { readBatches } from '../data/source.ts'
import type { Engine, EngineSession, Program } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import type { Network } from '../network/network.ts'
import { prepareStates } from '../network/recurrent-state.ts'
import { type BatchCheck, batchCheck } from './check-batches.ts'
import { checkArrays } from './check-data.ts'
import { checkIndices } from './check-indices.ts'
import { forwardOf } from './forward.ts'
import { batchSpec, scaleInputs } from './inputs.ts'
import { checkCount, ensureBuilt } from './prepare.ts'
import { drawing, weightVariables } from './programs.ts'

/** Options of `predict`. */
export interface PredictOptions {
  /** 256 by default. */
  readonly batchSize?: number | undefined
  /** `onnxruntime` (default), `tfjs`, or an engine. */
  readonly engine?: Engine | string | undefined
  /** Governs what a model draws that is random in prediction too; 0 by default. */
  readonly seed?: number | undefined
}

/** A model's output: plain numbers that nobody has to dispose of. */
export interface Predictions {
  /** `[length, ...outputShape]`. */
  readonly shape: readonly number[]
  /** Row after row. */
  readonly data: Float32Array
}

/** See `Model.predict`. */
export async function predict(
  model: Network,
  inputs: Samples | tf.Tensor,
  options?: PredictOptions,
): Promise<Predictions> {
  checkNames('predict', options, { batchSize: true, engine: true, seed: true })
  const { batchSize = 256, engine, seed = 0 } = options ?? {}
  checkCount('predict', 'batchSize', batchSize)
  const samples = inputs instanceof tf.Tensor ? await unlabelled(inputs) : inputs
  checkArrays('predict', samples)
  ensureBuilt(model, samples)
  const { picks } = forwardOf(model, samples.info)
  await checkIndices('predict', samples, picks)
  prepareStates('predict', model, { batchSize, samples: samples.length })
  const variables = weightVariables(model)
  let rowShape: readonly number[] = []
  const program: Program = {
    name: 'predict',
    inputs: (size) => ({ inputs: batchSpec(samples, size).inputs, ...drawing }),
    run(feeds) {
      const output = model.apply<tf.Tensor | tf.Tensor[]>(scaleInputs(feeds.inputs!, samples.info))
      if (Array.isArray(output)) throw severalOutputs(model, output)
      rowShape = output.shape.slice(1)
      return { output: tf.cast(output, 'float32') }
    },
  }
  let session: EngineSession | undefined
  let check: BatchCheck | undefined
  try {
    check = await batchCheck('predict', samples, { picks })
    session = await resolveEngine(engine).open(variables)
    const prepared = session.prepare(program)
    let data = new Float32Array(0)
    let written = 0
    let step = 0
    for await (const batch of readBatches(samples, { batchSize })) {
      await check?.look(batch)
      const draws = { step: Int32Array.of(step++), seed: Int32Array.of(seed) }
      const { output } = await prepared.run(batch.length, { inputs: batch.inputs, ...draws })
      const rowSize = tf.util.sizeFromShape([...rowShape])
      if (written === 0) data = new Float32Array(samples.length * rowSize)
      data.set(output as Float32Array, written)
      written += batch.length * rowSize
      await new Promise(setImmediate)
    }
    // What the model assigns in prediction too.
    session.download()
    return { shape: [samples.length, ...rowShape], data }
  } finally {
    await check?.dispose()
    await session?.dispose()
  }
}

async function unlabelled(inputs: tf.Tensor): Promise<Samples> {
  const labels = tf.zeros([inputs.shape[0] ?? 0], 'int32')
  try {
    return await samplesOf(inputs, labels)
  } finally {
    labels.dispose()
  }
}

function severalOutputs(model: Network, outputs: readonly tf.Tensor[]): ShapeError {
  return new ShapeError({
    where: `${model.getClassName()}.predict`,
    expected: 'the model must have one output',
    given: outputs.map(({ shape }) => shape),
    hint: 'Call apply() for models of several outputs.',
  })
}
