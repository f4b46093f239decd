// Numbers and which of them count, as yes or no: the sum of those that do.
import {
  type Dataset,
  definePlugin,
  type FieldSplit,
  infoOfFields,
  type Layer,
  layers,
  Model,
  type Plugin,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

class Marked extends Model {
  readonly head: Layer = layers.dense({ units: 1 })

  override call({ numbers, counts }: { numbers: tf.Tensor; counts: tf.Tensor }) {
    // Where a bool is asked for, nothing else does.
    const kept = tf.where(tf.logicalAnd(counts, true), numbers, tf.zerosLike(numbers))
    return { sum: this.head.apply<tf.Tensor>(kept) }
  }
}

function samples(length: number, offset: number): FieldSplit {
  const numbers = Float32Array.from({ length: 4 * length }, (_, at) => Math.sin(at * at + offset))
  const counts = Uint8Array.from({ length: 4 * length }, (_, at) => Number((at * 7) % 3 > 0))
  const sum = Float32Array.from({ length }, (_, row) =>
    [0, 1, 2, 3].reduce((all, at) => all + numbers[4 * row + at]! * counts[4 * row + at]!, 0),
  )
  return { inputs: { numbers, counts }, labels: { sum }, length }
}

const dataset = definePlugin({
  kind: 'dataset',
  name: 'marked-numbers',
  description: 'Numbers, and which of them count.',
  options: z.strictObject({}),
  create: (): Dataset => ({
    info: {
      name: 'marked-numbers',
      ...infoOfFields({
        inputs: {
          numbers: { shape: [4], dtype: 'float32' },
          counts: { shape: [4], dtype: 'bool' },
        },
        outputs: { sum: { shape: [1], dtype: 'float32', targets: ['sum'] } },
      }),
      licence: 'none',
      source: 'made up',
    },
    load: () =>
      Promise.resolve({
        ...{ train: samples(96, 0), test: samples(24, 0.3) },
        digest: 'sha256:marked',
      }),
  }),
})

const model = definePlugin({
  kind: 'model',
  name: 'marked-sum',
  description: 'A sum of some numbers.',
  options: z.strictObject({}),
  create: () => new Marked(),
})

export const plugins: readonly Plugin[] = [dataset, model]
