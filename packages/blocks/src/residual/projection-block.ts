import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type ResidualArgs, residualShape, withFactories } from '../parts/block-options.ts'
import { paddingOf } from '../parts/convention.ts'
import { activationOf, norms } from '../parts/factories.ts'
import { SqueezeExcite } from '../parts/squeeze-excite.ts'

/** Arguments of a {@link ProjectionBlock} beyond its size. */
export interface ProjectionBlockArgs extends ResidualArgs {
  /** Of the first convolution and of the shortcut; 2 by default, which halves height and width. */
  readonly strides?: number | undefined
}

/**
 * The residual block for a change of width or size (He et al. 2015, arXiv:1512.03385, section 3.3, option B): an identity
 * block whose shortcut is a 1x1 convolution with batch norm. `[batch, h, w, any]` to `[batch, h/strides, w/strides, filters]`.
 *
 * @example const block = new ProjectionBlock(128, 3, { strides: 2 })
 */
export class ProjectionBlock extends Model {
  readonly conv1: Layer
  readonly norm1: Layer
  readonly conv2: Layer
  readonly norm2: Layer
  readonly squeezeExcite: SqueezeExcite | undefined
  readonly pad: Layer | undefined
  readonly shortcut: Layer
  readonly shortcutNorm: Layer
  readonly activation: Layer
  readonly add: Layer = layers.add()

  /**
   * @param filters width of the output.
   * @param kernelSize side of the square kernels off the shortcut.
   */
  constructor(filters: number, kernelSize: number, args: ProjectionBlockArgs = {}) {
    super(args)
    const { norm = norms.batch, activation = activationOf('relu'), useBias = true } = args
    const { strides = 2, squeezeExcite: ratio } = args
    const { padding, pad } = paddingOf(kernelSize, strides, args.convention)
    this.pad = pad
    this.conv1 = layers.conv2d({ filters, kernelSize, strides, padding, useBias })
    this.norm1 = norm()
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same', useBias })
    this.norm2 = norm({ zero: args.zeroInit })
    this.squeezeExcite = ratio === undefined ? undefined : new SqueezeExcite(filters, { ratio })
    this.shortcut = layers.conv2d({ filters, kernelSize: 1, strides, padding: 'same', useBias })
    this.shortcutNorm = norm()
    this.activation = activation()
  }

  override call(x: Tensor): Tensor {
    let y = this.norm1.apply(this.conv1.apply(this.pad === undefined ? x : this.pad.apply(x)))
    y = this.activation.apply(y)
    y = this.norm2.apply(this.conv2.apply(y))
    if (this.squeezeExcite !== undefined) y = this.squeezeExcite.apply(y)
    y = this.add.apply([y, this.shortcutNorm.apply(this.shortcut.apply(x))])
    return this.activation.apply(y)
  }
}

const options = z.strictObject({
  filters: z.int().positive().describe('Width of the output.'),
  kernelSize: z.int().positive().default(3).describe('Side of the square kernels.'),
  strides: z
    .int()
    .positive()
    .default(2)
    .describe('Of the first convolution and of the shortcut: 2 halves height and width.'),
  ...residualShape,
})

/** `projection` as a plugin. */
export const projection: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'projection',
  description:
    'Residual block with a 1x1 convolution on the shortcut, for a change of width or size.',
  options,
  create: ({ filters, kernelSize, ...args }) =>
    new ProjectionBlock(filters, kernelSize, withFactories(args)),
})
