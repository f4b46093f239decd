import {
  definePlugin,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
  scaledToTargets,
  type TargetScale,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'

/** Two convolutions, each with batch norm and ReLU. */
class Pair extends Model {
  readonly conv1: Layer
  readonly norm1: Layer = layers.batchNormalization()
  readonly conv2: Layer
  readonly norm2: Layer = layers.batchNormalization()
  readonly relu: Layer = layers.reLU()

  constructor(filters: number) {
    super()
    const conv = { filters, kernelSize: 3, padding: 'same', useBias: false } as const
    this.conv1 = layers.conv2d(conv)
    this.conv2 = layers.conv2d(conv)
  }

  override call(x: tf.Tensor): tf.Tensor {
    const y = this.relu.apply(this.norm1.apply(this.conv1.apply(x)))
    return this.relu.apply(this.norm2.apply(this.conv2.apply(y)))
  }
}

/** Arguments of a {@link UNet}. */
export interface UNetArgs extends ModelArgs, EndArgs {
  /** Channels at the top; twice as many with each level down. */
  readonly width: number
  /** Levels: pictures must be a multiple of 2 to that power. */
  readonly depth: number
  readonly classes: number
}

/** Down and up again, with what was seen on the way down joined on the way up (Ronneberger et al. 2015): `[batch, h, w, channels]` to logits of each pixel. */
export class UNet extends Model {
  readonly down: readonly Pair[]
  readonly pool: Layer = layers.maxPooling2d({ poolSize: 2 })
  readonly middle: Pair
  readonly grow: readonly Layer[]
  readonly up: readonly Pair[]
  readonly head: Layer
  readonly #targetScale: TargetScale | undefined

  constructor({ width, depth, classes, ...args }: UNetArgs) {
    super(args)
    const widths = Array.from({ length: depth }, (_, level) => width * 2 ** level)
    this.down = widths.map((filters) => new Pair(filters))
    this.middle = new Pair(width * 2 ** depth)
    const back = [...widths].reverse()
    this.grow = back.map((filters) =>
      layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2 }),
    )
    this.up = back.map((filters) => new Pair(filters))
    this.head = layers.conv2d({ filters: classes, kernelSize: 1 })
    this.#targetScale = args.targetScale
  }

  override call(images: tf.Tensor): tf.Tensor {
    const seen: tf.Tensor[] = []
    let x = images
    for (const pair of this.down) {
      seen.unshift(pair.apply(x))
      x = this.pool.apply(seen[0]!)
    }
    x = this.middle.apply(x)
    for (const [index, pair] of this.up.entries()) {
      x = pair.apply(tf.concat([seen[index]!, this.grow[index]!.apply(x)], -1))
    }
    return scaledToTargets(this.head.apply(x), this.#targetScale)
  }
}

/** `u-net` as a plugin. */
export const uNet: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'u-net',
  description: 'U-Net: logits of classes for each pixel.',
  options: z.strictObject({
    width: z.int().positive().default(16).describe('Channels at the top.'),
    depth: z
      .int()
      .positive()
      .default(3)
      .describe('Levels; pictures must be a multiple of 2^depth.'),
    ...endShape(),
  }),
  create: ({ numClasses: classes = OUTPUTS, ...args }) => new UNet({ ...args, classes }),
})
