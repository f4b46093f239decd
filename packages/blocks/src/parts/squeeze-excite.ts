import { definePlugin, type Layer, layers, Model, type ModelArgs, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'

/** Arguments of a {@link SqueezeExcite} beyond its width. */
export interface SqueezeExciteArgs extends ModelArgs {
  /** How much narrower its middle is; 16 by default. */
  readonly ratio?: number | undefined
}

/**
 * Squeeze-and-excitation (Hu et al. 2017, arXiv:1709.01507): scales each channel by a number between 0 and 1 that two dense
 * layers make of the means of all channels. `[batch, h, w, filters]` to the same.
 *
 * @example const recalibrate = new SqueezeExcite(64)
 */
export class SqueezeExcite extends Model {
  readonly squeeze: Layer = layers.globalAveragePooling2d()
  readonly reduce: Layer
  readonly expand: Layer
  readonly reshape: Layer
  readonly scale: Layer = layers.multiply()

  /** @param filters width of the input. */
  constructor(filters: number, args: SqueezeExciteArgs = {}) {
    super(args)
    const { ratio = 16 } = args
    const units = Math.max(1, Math.floor(filters / ratio))
    this.reduce = layers.dense({ units, activation: 'relu' })
    this.expand = layers.dense({ units: filters, activation: 'sigmoid' })
    this.reshape = layers.reshape({ targetShape: [1, 1, filters] })
  }

  override call(x: Tensor): Tensor {
    const scales = this.expand.apply(this.reduce.apply(this.squeeze.apply(x)))
    return this.scale.apply([x, this.reshape.apply(scales)])
  }
}

const options = z.strictObject({
  filters: z.int().positive().describe('Width of the input.'),
  ratio: z.int().positive().default(16).describe('How much narrower its middle is.'),
})

/** `squeeze-excite` as a plugin. */
export const squeezeExcite: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'squeeze-excite',
  description: 'Scales each channel by what two dense layers make of the means of all channels.',
  options,
  create: ({ filters, ratio }) => new SqueezeExcite(filters, { ratio }),
})
