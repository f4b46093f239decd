import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type BlockArgs, blockShape, withFactories } from '../parts/block-options.ts'
import { activationOf, norms } from '../parts/factories.ts'
import { requireWidth } from './require-width.ts'

/** Arguments of a {@link PreActivationBlock} beyond its size. */
export interface PreActivationBlockArgs extends BlockArgs {
  /** Of the first convolution and of the shortcut; 1 by default. */
  readonly strides?: number | undefined
  /** A 1x1 convolution on the shortcut, for a change of width or size; by default where there are strides. */
  readonly projection?: boolean | undefined
}

/**
 * The residual block whose norms and activations come before the convolutions, so that the shortcuts of a network are one
 * straight line (He et al. 2016, arXiv:1603.05027, figure 4e). `[batch, h, w, any]` to `[batch, h/strides, w/strides, filters]`.
 *
 * A network of them needs a norm and an activation after the last one.
 *
 * @example const block = new PreActivationBlock(64, 3)
 */
export class PreActivationBlock extends Model {
  readonly filters: number
  readonly norm1: Layer
  readonly conv1: Layer
  readonly norm2: Layer
  readonly conv2: Layer
  readonly shortcut: Layer | undefined
  readonly activation: Layer
  readonly add: Layer = layers.add()

  /**
   * @param filters width of both convolutions.
   * @param kernelSize side of their square kernels.
   */
  constructor(filters: number, kernelSize: number, args: PreActivationBlockArgs = {}) {
    super(args)
    const { norm = norms.batch, activation = activationOf('relu'), useBias = true } = args
    const { strides = 1, projection = strides !== 1 } = args
    this.filters = filters
    this.norm1 = norm()
    this.conv1 = layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias })
    this.norm2 = norm()
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same', useBias })
    this.shortcut = projection
      ? layers.conv2d({ filters, kernelSize: 1, strides, padding: 'same', useBias })
      : undefined
    this.activation = activation()
  }

  /** @throws ShapeError without a projection, when the input is not `filters` wide. */
  override call(x: Tensor): Tensor {
    const active = this.activation.apply(this.norm1.apply(x))
    let y = this.conv1.apply(active)
    y = this.conv2.apply(this.activation.apply(this.norm2.apply(y)))
    return this.add.apply([y, this.shortcutOf(x, active)])
  }

  private shortcutOf(x: Tensor, active: Tensor): Tensor {
    if (this.shortcut !== undefined) return this.shortcut.apply(active)
    requireWidth(
      x,
      this.filters,
      'PreActivationBlock',
      'With `projection: true` the block changes the width.',
    )
    return x
  }
}

const options = z.strictObject({
  filters: z.int().positive().describe('Width of both convolutions.'),
  kernelSize: z.int().positive().default(3).describe('Side of their square kernels.'),
  strides: z
    .int()
    .positive()
    .default(1)
    .describe('Of the first convolution and of the shortcut: 2 halves height and width.'),
  projection: z
    .boolean()
    .optional()
    .describe('A 1x1 convolution on the shortcut; by default where there are strides.'),
  ...blockShape({ activation: 'relu', useBias: true }),
})

/** `pre-activation` as a plugin. */
export const preActivation: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'pre-activation',
  description: 'Residual block with norms and activations before its convolutions.',
  options,
  create: ({ filters, kernelSize, ...args }) =>
    new PreActivationBlock(filters, kernelSize, withFactories(args)),
})
