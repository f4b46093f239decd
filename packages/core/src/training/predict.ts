import { checkNames } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { sizeOf } from '../data/batches.ts'
import { type Samples, samplesOf } from '../data/samples.ts'
import { readBatches } from '../data/source.ts'
import type { Engine, EngineSession, Program } from '../engines/engine.ts'
import { resolveEngine } from '../engines/resolve.ts'
import type { Network } from '../network/network.ts'
import { prepareStates } from '../network/recurrent-state.ts'
import type { Tensors } from '../network/shapes.ts'
import { type BatchCheck, batchCheck } from './check-batches.ts'
import { checkArrays } from './check-data.ts'
import { checkIndices } from './check-indices.ts'
import { FirstRuns } from './first-runs.ts'
import { forwardOf } from './forward.ts'
import { inputFeeds, inputSpec, modelInputs } from './inputs.ts'
import { outputsByName } from './objective.ts'
import { checkCount, ensureTakes } from './prepare.ts'
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
export interface Predictions extends PredictedOutput {
  /** Every output by its name, for a model that names them; `shape` and `data` are those of the first. */
  readonly outputs?: Readonly<Record<string, PredictedOutput>> | undefined
}

/** One output. */
export interface PredictedOutput {
  /** `[length, ...outputShape]`. */
  readonly shape: readonly number[]
  /** Row after row. */
  readonly data: Float32Array
}

/** Rows of outputs by name, put together batch by batch. */
export class PredictionRows {
  readonly #length: number
  readonly #rows = new Map<string, { shape: readonly number[]; data: Float32Array; at: number }>()

  /** @param length samples in all. */
  constructor(length: number) {
    this.#length = length
  }

  /** @param shape of one sample. */
  add(name: string, shape: readonly number[], numbers: ArrayLike<number>): void {
    let own = this.#rows.get(name)
    if (own === undefined) {
      const size = sizeOf(shape)
      own = { shape: [this.#length, ...shape], data: new Float32Array(this.#length * size), at: 0 }
      this.#rows.set(name, own)
    }
    own.data.set(numbers, own.at)
    own.at += numbers.length
  }

  /** @param areNamed whether somebody chose the names. */
  result(areNamed: boolean): Predictions {
    const outputs = [...this.#rows].map(
      ([name, { shape, data }]) => [name, { shape, data }] as const,
    )
    const first = outputs[0]?.[1] ?? { shape: [this.#length], data: new Float32Array(0) }
    return { ...first, ...(areNamed && { outputs: Object.fromEntries(outputs) }) }
  }
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
  ensureTakes(model, samples)
  const { picks } = forwardOf(model, samples.info)
  await checkIndices('predict', samples, picks)
  prepareStates('predict', model, { batchSize, samples: samples.length })
  const variables = weightVariables(model)
  const { info } = samples
  const shapes = new Map<string, readonly number[]>()
  let areNamed = false
  const program: Program = {
    name: 'predict',
    inputs: (size) => ({ ...inputSpec(samples, size), ...drawing }),
    run(feeds) {
      const given = outputsByName(model, model.apply<Tensors>(modelInputs(feeds, info)))
      areNamed = !(given instanceof tf.Tensor)
      const named = given instanceof tf.Tensor ? { output: given } : given
      const outputs = Object.entries(named).map(([name, output]) => {
        shapes.set(name, output.shape.slice(1))
        return [name, tf.cast(output, 'float32')] as const
      })
      return Object.fromEntries(outputs)
    },
  }
  let session: EngineSession | undefined
  let check: BatchCheck | undefined
  try {
    check = await batchCheck('predict', samples, { picks })
    session = await resolveEngine(engine).open(variables)
    const prepared = session.prepare(program)
    const rows = new PredictionRows(samples.length)
    const firstRuns = new FirstRuns()
    let step = 0
    let left = samples.length
    for await (const batch of readBatches(samples, { batchSize })) {
      await check?.look(batch)
      const draws = { step: Int32Array.of(step++), seed: Int32Array.of(seed) }
      const outputs = await prepared.run(batch.length, { ...inputFeeds(batch, info), ...draws })
      for (const [name, shape] of shapes) rows.add(name, shape, outputs[name] as Float32Array)
      left -= batch.length
      firstRuns.add(prepared, batch.length)
      // Before anybody else has a turn who may change what the program reads.
      if (left >= batch.length) await firstRuns.confirm()
      await new Promise(setImmediate)
    }
    // What the model assigns in prediction too.
    session.download()
    return rows.result(areNamed)
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
