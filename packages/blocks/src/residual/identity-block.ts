import { definePlugin, type Layer, layers, Model, type Plugin } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type ResidualArgs, residualShape, withFactories } from '../parts/block-options.ts'
import { activationOf, norms } from '../parts/factories.ts'
import { SqueezeExcite } from '../parts/squeeze-excite.ts'
import { requireWidth } from './require-width.ts'

/**
 * The residual block that keeps its input's shape (He et al. 2015, arXiv:1512.03385, figure 2): two convolutions, whose
 * result is added to the untouched input. `[batch, h, w, filters]` to the same.
 *
 * One activation layer is used twice.
 *
 * @example const block = new IdentityBlock(64, 3)
 */
export class IdentityBlock extends Model {
  readonly filters: number
  readonly conv1: Layer
  readonly norm1: Layer
  readonly conv2: Layer
  readonly norm2: Layer
  readonly squeezeExcite: SqueezeExcite | undefined
  readonly activation: Layer
  readonly add: Layer = layers.add()

  /**
   * @param filters width of both convolutions, and of the input.
   * @param kernelSize side of their square kernels.
   */
  constructor(filters: number, kernelSize: number, args: ResidualArgs = {}) {
    super(args)
    const { norm = norms.batch, activation = activationOf('relu'), useBias = true } = args
    const ratio = args.squeezeExcite
    this.filters = filters
    this.conv1 = layers.conv2d({ filters, kernelSize, padding: 'same', useBias })
    this.norm1 = norm()
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same', useBias })
    this.norm2 = norm({ zero: args.zeroInit })
    this.squeezeExcite = ratio === undefined ? undefined : new SqueezeExcite(filters, { ratio })
    this.activation = activation()
  }

  /** @throws ShapeError when the input is not `filters` wide: there would be nothing to add it to. */
  override call(x: Tensor): Tensor {
    requireWidth(
      x,
      this.filters,
      'IdentityBlock',
      'A projection block changes the width: new ProjectionBlock(filters, kernelSize).',
    )
    let y = this.norm1.apply(this.conv1.apply(x))
    y = this.activation.apply(y)
    y = this.norm2.apply(this.conv2.apply(y))
    if (this.squeezeExcite !== undefined) y = this.squeezeExcite.apply(y)
    y = this.add.apply([y, x])
    return this.activation.apply(y)
  }
}

const options = z.strictObject({
  filters: z.int().positive().describe('Width of the input and of both convolutions.'),
  kernelSize: z.int().positive().default(3).describe('Side of their square kernels.'),
  ...residualShape,
})

/** `identity` as a plugin. */
export const identity: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'identity',
  description: 'Residual block that adds its untouched input; width and size stay.',
  options,
  create: ({ filters, kernelSize, ...args }) =>
    new IdentityBlock(filters, kernelSize, withFactories(args)),
})
