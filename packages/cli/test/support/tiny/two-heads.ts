// Two inputs and two outputs, by name.
import {
  type Dataset,
  type DatasetInfo,
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

class TwoHeads extends Model {
  readonly pixels: Layer = layers.flatten()
  readonly kinds: Layer = layers.embedding({ inputDim: 3, outputDim: 2 })
  readonly hidden: Layer = layers.dense({ units: 16, activation: 'relu' })
  readonly classifier: Layer = layers.dense({ units: 2 })
  readonly box: Layer = layers.dense({ units: 2 })

  override call({ image, kind }: { image: tf.Tensor; kind: tf.Tensor }) {
    const known = tf.reshape(this.kinds.apply(kind), [-1, 2])
    const x = this.hidden.apply(tf.concat([this.pixels.apply(image), known], 1))
    return { class: this.classifier.apply(x), box: this.box.apply(x) }
  }
}

const info: DatasetInfo = {
  name: 'dots',
  ...infoOfFields({
    inputs: {
      image: { shape: [4, 4, 1], dtype: 'uint8' },
      kind: { shape: [1], dtype: 'int32', range: [0, 2] },
    },
    outputs: {
      class: { shape: [], dtype: 'uint8', classes: ['low', 'high'] },
      box: { shape: [2], dtype: 'float32', targets: ['x', 'y'] },
    },
  }),
  licence: 'none',
  source: 'made up',
}

/** One bright pixel in a dark image: where it is, and whether that is further than the kind says. */
function dots(length: number, offset: number): FieldSplit {
  const image = new Uint8Array(length * 16)
  const kind = new Int32Array(length)
  const classes = new Uint8Array(length)
  const box = new Float32Array(length * 2)
  for (let row = 0; row < length; row++) {
    const place = ((row + offset) * 7) % 16
    image[row * 16 + place] = 255
    kind[row] = (row + offset) % 3
    classes[row] = place / 4 > kind[row]! + 0.5 ? 1 : 0
    box.set([(place % 4) / 4, Math.floor(place / 4) / 4], row * 2)
  }
  return { inputs: { image, kind }, labels: { class: classes, box }, length }
}

const dataset = definePlugin({
  kind: 'dataset',
  name: 'dots',
  description: 'Bright pixels.',
  options: z.strictObject({}),
  create: (): Dataset => ({
    info,
    load: () => Promise.resolve({ train: dots(96, 0), test: dots(48, 5), digest: 'sha256:dots' }),
  }),
})

const model = definePlugin({
  kind: 'model',
  name: 'two-heads',
  description: 'A class and a place.',
  options: z.strictObject({}),
  create: () => new TwoHeads(),
})

export const plugins: readonly Plugin[] = [dataset, model]
