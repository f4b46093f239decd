import {
  definePlugin,
  fromData,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
  scaledToTargets,
  type TargetScale,
} from '@ashlar/core'
import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'
import { Positions } from './positions.ts'
import { TransformerBlock, transformerShape } from './transformer-block.ts'

/** Arguments of a {@link Vit}. */
export interface VitArgs extends ModelArgs, EndArgs {
  /** Height and width of a picture, at most. */
  readonly size: number
  /** Height and width of a patch. */
  readonly patch: number
  readonly classes: number
  readonly width: number
  readonly heads: number
  readonly hidden?: number | undefined
  /** Number of blocks. */
  readonly blocks: number
  readonly dropout?: number | undefined
}

/** A vision transformer (Dosovitskiy et al. 2020) with the mean over patches in place of a token for the class: `[batch, h, w, channels]` to logits. */
export class Vit extends Model {
  readonly patches: Layer
  readonly positions: Positions
  readonly blocks: readonly TransformerBlock[]
  readonly norm: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly pool: Layer = layers.globalAveragePooling1d()
  readonly head: Layer
  readonly #targetScale: TargetScale | undefined
  readonly size: number
  readonly width: number

  constructor({ size, patch, classes, blocks, ...args }: VitArgs) {
    super(args)
    const { width, heads, hidden, dropout } = args
    this.width = width
    this.size = size
    this.patches = layers.conv2d({ filters: width, kernelSize: patch, strides: patch })
    this.positions = new Positions(Math.floor(size / patch) ** 2, width)
    const block = { width, heads, hidden, dropout }
    this.blocks = Array.from({ length: blocks }, () => new TransformerBlock(block))
    this.head = layers.dense({ units: classes })
    this.#targetScale = args.targetScale
  }

  override call(images: tf.Tensor): tf.Tensor {
    const [, height, width] = images.shape
    if (Math.max(height!, width!) > this.size) {
      throw new ShapeError({
        where: this.name,
        expected: `pictures must be at most ${this.size} x ${this.size}, for which there are places`,
        given: images.shape.slice(1),
        hint: `Leave out \`size\` of the model, which follows from the data, or set it to ${Math.max(height!, width!)}.`,
      })
    }
    const grid = this.patches.apply(images)
    const patches = tf.reshape(grid, [-1, grid.shape[1]! * grid.shape[2]!, this.width])
    let x: tf.Tensor = this.positions.apply(patches)
    for (const block of this.blocks) x = block.apply(x)
    return scaledToTargets(this.head.apply(this.pool.apply(this.norm.apply(x))), this.#targetScale)
  }
}

/** Side of pictures where no data says it: that of CIFAR-10. */
const SIZE = 32

/** `vit` as a plugin. */
export const vit: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'vit',
  description: 'Vision transformer; gives logits.',
  options: z.strictObject({
    ...transformerShape,
    width: z.int().positive().default(128).describe('Numbers of a patch.'),
    blocks: z.int().positive().default(4).describe('Number of blocks.'),
    size: fromData(z.int().positive(), 'side').describe(
      `Height and width of a picture, at most; left out, that of the data, or ${SIZE}.`,
    ),
    patch: z.int().positive().default(4).describe('Height and width of a patch.'),
    ...endShape(),
  }),
  create: ({ numClasses: classes = OUTPUTS, size = SIZE, ...args }) =>
    new Vit({ ...args, classes, size }),
})
