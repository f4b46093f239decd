import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type ResidualArgs, residualShape, withFactories } from '../parts/block-options.ts'
import { paddingOf } from '../parts/convention.ts'
import { activationOf, norms } from '../parts/factories.ts'
import { SqueezeExcite } from '../parts/squeeze-excite.ts'
import { requireWidth } from './require-width.ts'

/** Arguments of a {@link BottleneckBlock} beyond its width. */
export interface BottleneckBlockArgs extends ResidualArgs {
  /** Side of the kernels of the middle convolution; 3 by default. */
  readonly kernelSize?: number | undefined
  /** Of the middle convolution and of the shortcut; 1 by default. */
  readonly strides?: number | undefined
  /** How much wider the output is than `filters`; 4 by default. */
  readonly expansion?: number | undefined
  /** A 1x1 convolution on the shortcut, for a change of width or size; by default where there are strides. */
  readonly projection?: boolean | undefined
}

/**
 * The residual block of deep networks (He et al. 2015, arXiv:1512.03385, figure 5): a 1x1 convolution that narrows, one of
 * `kernelSize`, a 1x1 convolution that widens. `[batch, h, w, any]` to `[batch, h/strides, w/strides, filters * expansion]`.
 *
 * The middle convolution has the strides, as in torchvision and in everything since; the paper and Keras give them to the first.
 *
 * @example const block = new BottleneckBlock(128, { strides: 2 })
 */
export class BottleneckBlock extends Model {
  readonly width: number
  readonly conv1: Layer
  readonly norm1: Layer
  readonly conv2: Layer
  readonly norm2: Layer
  readonly conv3: Layer
  readonly norm3: Layer
  readonly squeezeExcite: SqueezeExcite | undefined
  readonly pad: Layer | undefined
  readonly shortcut: Layer | undefined
  readonly shortcutNorm: Layer | undefined
  readonly activation: Layer
  readonly add: Layer = layers.add()

  /** @param filters width of the first two convolutions. */
  constructor(filters: number, args: BottleneckBlockArgs = {}) {
    super(args)
    const { norm = norms.batch, activation = activationOf('relu'), useBias = true } = args
    const { kernelSize = 3, strides = 1, expansion = 4, squeezeExcite: ratio } = args
    const { projection = strides !== 1 } = args
    const width = filters * expansion
    this.width = width
    this.conv1 = layers.conv2d({ filters, kernelSize: 1, useBias })
    this.norm1 = norm()
    const { padding, pad } = paddingOf(kernelSize, strides, args.convention)
    this.pad = pad
    this.conv2 = layers.conv2d({ filters, kernelSize, strides, padding, useBias })
    this.norm2 = norm()
    this.conv3 = layers.conv2d({ filters: width, kernelSize: 1, useBias })
    this.norm3 = norm({ zero: args.zeroInit })
    this.squeezeExcite = ratio === undefined ? undefined : new SqueezeExcite(width, { ratio })
    if (projection) {
      this.shortcut = layers.conv2d({
        filters: width,
        kernelSize: 1,
        strides,
        padding: 'same',
        useBias,
      })
      this.shortcutNorm = norm()
    }
    this.activation = activation()
  }

  /** @throws ShapeError without a projection, when the input is not as wide as the output. */
  override call(x: Tensor): Tensor {
    let y = this.activation.apply(this.norm1.apply(this.conv1.apply(x)))
    if (this.pad !== undefined) y = this.pad.apply(y)
    y = this.activation.apply(this.norm2.apply(this.conv2.apply(y)))
    y = this.norm3.apply(this.conv3.apply(y))
    if (this.squeezeExcite !== undefined) y = this.squeezeExcite.apply(y)
    return this.activation.apply(this.add.apply([y, this.shortcutOf(x)]))
  }

  private shortcutOf(x: Tensor): Tensor {
    if (this.shortcut !== undefined) return this.shortcutNorm!.apply(this.shortcut.apply(x))
    requireWidth(
      x,
      this.width,
      'BottleneckBlock',
      'With `projection: true` the block changes the width.',
    )
    return x
  }
}

const options = z.strictObject({
  filters: z.int().positive().describe('Width of the first two convolutions.'),
  kernelSize: z.int().positive().default(3).describe('Side of the kernels of the middle one.'),
  strides: z
    .int()
    .positive()
    .default(1)
    .describe('Of the middle convolution and of the shortcut: 2 halves height and width.'),
  expansion: z.int().positive().default(4).describe('How much wider the output is.'),
  projection: z
    .boolean()
    .optional()
    .describe('A 1x1 convolution on the shortcut; by default where there are strides.'),
  ...residualShape,
})

/** `bottleneck` as a plugin. */
export const bottleneck: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'bottleneck',
  description: 'Residual block of three convolutions, narrow in the middle, for deep networks.',
  options,
  create: ({ filters, ...args }) => new BottleneckBlock(filters, withFactories(args)),
})
