import { definePlugin, type Layer, layers, Model, type ModelArgs, type Plugin } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { classifierShape, OUTPUTS } from '../parts/output.ts'
import { Positions } from './positions.ts'
import { TransformerBlock, transformerShape } from './transformer-block.ts'

/** Arguments of a {@link Vit}. */
export interface VitArgs extends ModelArgs {
  /** Height and width of a picture. */
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

/** A vision transformer (Dosovitskiy et al. 2020) with the mean over patches in place of a token for the class: `[batch, size, size, channels]` to logits. */
export class Vit extends Model {
  readonly patches: Layer
  readonly positions: Positions
  readonly blocks: readonly TransformerBlock[]
  readonly norm: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly pool: Layer = layers.globalAveragePooling1d()
  readonly head: Layer
  readonly tokens: number
  readonly width: number

  constructor({ size, patch, classes, blocks, ...args }: VitArgs) {
    super(args)
    const { width, heads, hidden, dropout } = args
    this.width = width
    this.tokens = Math.floor(size / patch) ** 2
    this.patches = layers.conv2d({ filters: width, kernelSize: patch, strides: patch })
    this.positions = new Positions(this.tokens, width)
    const block = { width, heads, hidden, dropout }
    this.blocks = Array.from({ length: blocks }, () => new TransformerBlock(block))
    this.head = layers.dense({ units: classes })
  }

  override call(images: tf.Tensor): tf.Tensor {
    const patches = tf.reshape(this.patches.apply(images), [-1, this.tokens, this.width])
    let x: tf.Tensor = this.positions.apply(patches)
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.pool.apply(this.norm.apply(x)))
  }
}

const { numClasses } = classifierShape('logits')

/** `vit` as a plugin. */
export const vit: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'vit',
  description: 'Vision transformer; gives logits.',
  options: z.strictObject({
    ...transformerShape,
    width: z.int().positive().default(128).describe('Numbers of a patch.'),
    blocks: z.int().positive().default(4).describe('Number of blocks.'),
    size: z.int().positive().default(32).describe('Height and width of a picture.'),
    patch: z.int().positive().default(4).describe('Height and width of a patch.'),
    numClasses,
  }),
  create: ({ numClasses: classes = OUTPUTS, ...args }) => new Vit({ ...args, classes }),
})
