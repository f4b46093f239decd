import * as tf from '@tensorflow/tfjs'
import type { EngineSession } from '../engines/engine.ts'
import type { Model } from '../model/model.ts'
import type { StoredTensor } from '../weights/safetensors.ts'

/** A model's weights as plain numbers, by readable name. */
export type WeightValues = ReadonlyMap<string, StoredTensor>

/**
 * Copies of a model's weights.
 *
 * @param averages weights for which another variable stands in; none by default.
 */
export function weightValues(
  model: Model,
  averages: ReadonlyMap<tf.Variable, tf.Variable> = new Map(),
): WeightValues {
  return new Map(
    model.namedWeights().map(({ name, variable, shape }) => {
      const data = (averages.get(variable) ?? variable).dataSync().slice()
      return [name, storedTensor(data as Float32Array | Int32Array, shape)] as const
    }),
  )
}

/** Gives a model, and the averages of its weights, the numbers that {@link weightValues} copied. */
export function assignWeights(
  model: Model,
  averages: ReadonlyMap<tf.Variable, tf.Variable>,
  values: WeightValues,
): void {
  tf.tidy(() => {
    for (const { name, variable, shape } of model.namedWeights()) {
      const stored = values.get(name)
      if (stored === undefined) continue
      for (const each of [variable, averages.get(variable)]) {
        const data = stored.data.slice() as Float32Array
        each?.assign(tf.tensor(data, [...shape], variable.dtype as 'float32'))
      }
    }
  })
}

/** Runs `fn` while the engine and the model have the averages in place of their weights. */
export async function withAverages<T>(
  session: EngineSession,
  averages: ReadonlyMap<tf.Variable, tf.Variable>,
  fn: () => Promise<T>,
): Promise<T> {
  if (averages.size === 0) return fn()
  session.download()
  const before = [...averages.keys()].map((variable) => tf.clone(variable))
  try {
    takeAverages(averages)
    session.upload()
    return await fn()
  } finally {
    for (const [index, variable] of [...averages.keys()].entries()) {
      variable.assign(before[index]!)
      before[index]!.dispose()
    }
    session.upload()
  }
}

/** Makes each weight that has an average equal to it. */
export function takeAverages(averages: ReadonlyMap<tf.Variable, tf.Variable>): void {
  for (const [variable, average] of averages) {
    const copy = tf.clone(average)
    variable.assign(copy)
    copy.dispose()
  }
}

/** Numbers as a file holds them. */
export function storedTensor(
  data: Float32Array | Int32Array,
  shape: readonly number[],
): StoredTensor {
  return { dtype: data instanceof Int32Array ? 'I32' : 'F32', shape, data }
}
