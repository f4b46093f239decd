import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'

/** What a {@link SamplePlugin} is made of. */
export interface SamplePluginArgs {
  /** Width of the output. */
  readonly filters: number
  /** Side of the square kernel. */
  readonly kernelSize: number
}

/** A convolution with batch norm and ReLU, for images `[batch, h, w, channels]`. */
export class SamplePlugin extends Model {
  readonly conv: Layer
  readonly norm: Layer = layers.batchNormalization()
  readonly activation: Layer = layers.activation({ activation: 'relu' })

  constructor({ filters, kernelSize }: SamplePluginArgs) {
    super()
    this.conv = layers.conv2d({ filters, kernelSize, padding: 'same', useBias: false })
  }

  override call(x: Tensor): Tensor {
    return this.activation.apply(this.norm.apply(this.conv.apply(x)))
  }
}

/** The block under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'sample-plugin',
  description: 'A convolution with batch norm and ReLU.',
  options: z.strictObject({
    filters: z.int().positive().describe('Width of the output.'),
    kernelSize: z.int().positive().default(3).describe('Side of the square kernel.'),
  }),
  create: (options) => new SamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
