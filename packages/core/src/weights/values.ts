import * as tf from '@tensorflow/tfjs'
import type { Network } from '../network/network.ts'
import type { StoredTensor } from './safetensors.ts'

/** A model's weights as plain numbers, by readable name. */
export type WeightValues = ReadonlyMap<string, StoredTensor>

/**
 * Copies of a model's weights.
 *
 * @param averages weights for which another variable stands in; none by default.
 */
export function weightValues(
  model: Network,
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
  model: Network,
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

/** Numbers as a file holds them. */
export function storedTensor(data: StoredTensor['data'], shape: readonly number[]): StoredTensor {
  const dtype = data instanceof Float32Array ? 'F32' : data instanceof Int32Array ? 'I32' : 'U8'
  return { dtype, shape, data }
}
