import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type BlockArgs, blockShape, withFactories } from '../parts/block-options.ts'
import { activationOf, norms } from '../parts/factories.ts'

/** Arguments of a {@link DepthwiseSeparableBlock} beyond its width. */
export interface DepthwiseSeparableBlockArgs extends BlockArgs {
  /** Side of the square kernels of each channel; 3 by default. */
  readonly kernelSize?: number | undefined
  /** 1 by default. */
  readonly strides?: number | undefined
}

/**
 * A convolution in two steps, each with a norm and an activation: one of every channel by itself, then one of 1x1 over all
 * channels (Howard et al. 2017, MobileNet, arXiv:1704.04861). `[batch, h, w, any]` to `[batch, h/strides, w/strides, filters]`.
 *
 * ReLU6 and no biases by default, as in Keras's MobileNet.
 *
 * @example const block = new DepthwiseSeparableBlock(128, { strides: 2 })
 */
export class DepthwiseSeparableBlock extends Model {
  readonly depthwise: Layer
  readonly norm1: Layer
  readonly pointwise: Layer
  readonly norm2: Layer
  readonly activation: Layer

  /** @param filters width of the output. */
  constructor(filters: number, args: DepthwiseSeparableBlockArgs = {}) {
    super(args)
    const { norm = norms.batch, activation = activationOf('relu6'), useBias = false } = args
    const { kernelSize = 3, strides = 1 } = args
    this.depthwise = layers.depthwiseConv2d({ kernelSize, strides, padding: 'same', useBias })
    this.norm1 = norm()
    this.pointwise = layers.conv2d({ filters, kernelSize: 1, useBias })
    this.norm2 = norm()
    this.activation = activation()
  }

  override call(x: Tensor): Tensor {
    const y = this.activation.apply(this.norm1.apply(this.depthwise.apply(x)))
    return this.activation.apply(this.norm2.apply(this.pointwise.apply(y)))
  }
}

const options = z.strictObject({
  filters: z.int().positive().describe('Width of the output.'),
  kernelSize: z.int().positive().default(3).describe('Side of the kernels of each channel.'),
  strides: z.int().positive().default(1).describe('2 halves height and width.'),
  ...blockShape({ activation: 'relu6', useBias: false }),
})

/** `depthwise-separable` as a plugin. */
export const depthwiseSeparable: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'depthwise-separable',
  description: 'Convolution of each channel by itself, then a 1x1 convolution over all of them.',
  options,
  create: ({ filters, ...args }) => new DepthwiseSeparableBlock(filters, withFactories(args)),
})
