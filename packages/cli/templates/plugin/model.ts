import { definePlugin, fromData, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'

/** What a {@link SamplePlugin} is made of. */
export interface SamplePluginArgs {
  /** Width of the output. */
  readonly numClasses: number
  /** Width of the hidden layer. */
  readonly units: number
}

/** One hidden layer on whatever a sample consists of; gives logits, `[batch, numClasses]`. */
export class SamplePlugin extends Model {
  readonly hidden: Layer
  readonly head: Layer

  constructor({ numClasses, units }: SamplePluginArgs) {
    super()
    this.hidden = layers.dense({ units, activation: 'relu' })
    this.head = layers.dense({ units: numClasses })
  }

  override call(x: Tensor): Tensor {
    return this.head.apply(this.hidden.apply(x.reshape([x.shape[0]!, -1])))
  }
}

/** The model under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'sample-plugin',
  description: 'One hidden layer; gives logits.',
  options: z.strictObject({
    // Left out, it follows from the data: a number for each class or target.
    numClasses: fromData(z.int().positive(), 'outputs').describe('Width of the output.'),
    units: z.int().positive().default(64).describe('Width of the hidden layer.'),
  }),
  create: ({ numClasses = 10, units }) => new SamplePlugin({ numClasses, units }),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
