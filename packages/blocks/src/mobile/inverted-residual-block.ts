import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type BlockArgs, blockShape, withFactories } from '../parts/block-options.ts'
import { type Convention, conventionOption, paddingOf } from '../parts/convention.ts'
import { activationOf, norms } from '../parts/factories.ts'
import { requireWidth } from '../residual/require-width.ts'

/** Arguments of an {@link InvertedResidualBlock} beyond its widths. */
export interface InvertedResidualBlockArgs extends BlockArgs {
  /** How much wider the middle is than the input; 6 by default. With 1, the first convolution is left out. */
  readonly expansion?: number | undefined
  /** Side of the square kernels of each channel; 3 by default. */
  readonly kernelSize?: number | undefined
  /** 1 by default. */
  readonly strides?: number | undefined
  /** How a strided convolution is padded; `keras` by default. */
  readonly convention?: Convention | undefined
}

/**
 * The block of MobileNetV2 (Sandler et al. 2018, arXiv:1801.04381): a 1x1 convolution that widens, one of every channel by
 * itself, a 1x1 convolution that narrows, with no activation after it. The input is added where width and size stay.
 * `[batch, h, w, inputFilters]` to `[batch, h/strides, w/strides, filters]`.
 *
 * ReLU6 and no biases by default, as in Keras's MobileNetV2.
 *
 * @example const block = new InvertedResidualBlock(24, 24)
 */
export class InvertedResidualBlock extends Model {
  readonly inputFilters: number
  readonly expand: Layer | undefined
  readonly expandNorm: Layer | undefined
  readonly pad: Layer | undefined
  readonly depthwise: Layer
  readonly depthwiseNorm: Layer
  readonly project: Layer
  readonly projectNorm: Layer
  readonly activation: Layer
  readonly add: Layer | undefined

  /**
   * @param inputFilters width of the input.
   * @param filters width of the output.
   */
  constructor(inputFilters: number, filters: number, args: InvertedResidualBlockArgs = {}) {
    super(args)
    const { norm = norms.batch, activation = activationOf('relu6'), useBias = false } = args
    const { expansion = 6, kernelSize = 3, strides = 1 } = args
    this.inputFilters = inputFilters
    if (expansion !== 1) {
      this.expand = layers.conv2d({ filters: inputFilters * expansion, kernelSize: 1, useBias })
      this.expandNorm = norm()
    }
    const { padding, pad } = paddingOf(kernelSize, strides, args.convention)
    this.pad = pad
    this.depthwise = layers.depthwiseConv2d({ kernelSize, strides, padding, useBias })
    this.depthwiseNorm = norm()
    this.project = layers.conv2d({ filters, kernelSize: 1, useBias })
    this.projectNorm = norm()
    this.activation = activation()
    this.add = strides === 1 && inputFilters === filters ? layers.add() : undefined
  }

  /** @throws ShapeError when the input is not `inputFilters` wide. */
  override call(x: Tensor): Tensor {
    requireWidth(
      x,
      this.inputFilters,
      'InvertedResidualBlock',
      'Give it as the first argument: new InvertedResidualBlock(inputFilters, filters).',
    )
    let y = x
    if (this.expand !== undefined) {
      y = this.activation.apply(this.expandNorm!.apply(this.expand.apply(y)))
    }
    if (this.pad !== undefined) y = this.pad.apply(y)
    y = this.activation.apply(this.depthwiseNorm.apply(this.depthwise.apply(y)))
    y = this.projectNorm.apply(this.project.apply(y))
    return this.add === undefined ? y : this.add.apply([y, x])
  }
}

const options = z.strictObject({
  inputFilters: z.int().positive().describe('Width of the input.'),
  filters: z.int().positive().describe('Width of the output.'),
  expansion: z.int().positive().default(6).describe('How much wider the middle is.'),
  kernelSize: z.int().positive().default(3).describe('Side of the kernels of each channel.'),
  strides: z.int().positive().default(1).describe('2 halves height and width.'),
  ...blockShape({ activation: 'relu6', useBias: false }),
  convention: conventionOption,
})

/** `inverted-residual` as a plugin. */
export const invertedResidual: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'inverted-residual',
  description: 'Residual block of MobileNetV2: wide in the middle, each channel by itself there.',
  options,
  create: ({ inputFilters, filters, ...args }) =>
    new InvertedResidualBlock(inputFilters, filters, withFactories(args)),
})
