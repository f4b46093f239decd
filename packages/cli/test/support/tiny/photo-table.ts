// A picture and the cells of a row in, a class and a number out.
import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

class PhotoTable extends Model {
  readonly pixels: Layer = layers.flatten()
  readonly hidden: Layer = layers.dense({ units: 16, activation: 'relu' })
  readonly classifier: Layer = layers.dense({ units: 2 })
  readonly price: Layer = layers.dense({ units: 1 })

  override call({ photo, facts }: { photo: tf.Tensor; facts: tf.Tensor }) {
    const x = this.hidden.apply(tf.concat([this.pixels.apply(photo), facts], 1))
    return { colour: this.classifier.apply(x), price: this.price.apply(x) }
  }
}

const model = definePlugin({
  kind: 'model',
  name: 'photo-table',
  description: 'A class and a number of a picture and a row.',
  options: z.strictObject({}),
  create: () => new PhotoTable(),
})

export const plugins: readonly Plugin[] = [model]
