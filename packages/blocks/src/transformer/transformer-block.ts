import {
  type CallArgs,
  definePlugin,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { dropoutOption } from '../parts/dropout.ts'
import { type AttentionPast, MultiHeadAttention } from './attention.ts'

/** Arguments of a {@link TransformerBlock}. */
export interface TransformerBlockArgs extends ModelArgs {
  readonly width: number
  readonly heads: number
  /** Width of the two dense layers' middle; four times `width` by default. */
  readonly hidden?: number | undefined
  readonly dropout?: number | undefined
  /** Whether a token sees those before it alone; false by default. */
  readonly isCausal?: boolean | undefined
  /** Whether queries and keys are turned by their places; false by default. */
  readonly isRotary?: boolean | undefined
  /** Whether norms stand before attention and dense layers, as in GPT-2 (default), or behind the sums, as in Vaswani et al. 2017. */
  readonly normFirst?: boolean | undefined
}

/** Attention, then two dense layers, each added to what it was given: `[batch, tokens, width]` to the same. */
export class TransformerBlock extends Model {
  readonly normFirst: boolean
  readonly norm1: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly attention: MultiHeadAttention
  readonly norm2: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly up: Layer
  readonly down: Layer
  readonly dropout: Layer

  constructor(args: TransformerBlockArgs) {
    super(args)
    const { width, heads, hidden = 4 * width, dropout = 0, normFirst = true } = args
    const { isCausal, isRotary } = args
    this.normFirst = normFirst
    this.supportsMasking = true
    this.attention = new MultiHeadAttention(width, heads, { isCausal, isRotary, dropout })
    this.up = layers.dense({ units: hidden, activation: 'gelu' })
    this.down = layers.dense({ units: width })
    this.dropout = layers.dropout({ rate: dropout })
  }

  override call(inputs: tf.Tensor, { mask }: CallArgs): tf.Tensor {
    const kwargs = mask === undefined ? {} : { mask }
    return this.#around(inputs, (x) => this.attention.apply(x, kwargs))
  }

  /** One token more; see `MultiHeadAttention.step`. */
  step(x: tf.Tensor, past: AttentionPast): ReturnType<MultiHeadAttention['step']> {
    let found: ReturnType<MultiHeadAttention['step']> | undefined
    const y = this.#around(x, (given) => {
      found = this.attention.step(given, past)
      return found.y
    })
    return { ...found!, y }
  }

  #around(inputs: tf.Tensor, attend: (x: tf.Tensor) => tf.Tensor): tf.Tensor {
    if (this.normFirst) {
      const x = tf.add(inputs, attend(this.norm1.apply(inputs)))
      return tf.add(x, this.#expand(this.norm2.apply(x)))
    }
    const x: tf.Tensor = this.norm1.apply(tf.add(inputs, attend(inputs)))
    return this.norm2.apply(tf.add(x, this.#expand(x)))
  }

  #expand(x: tf.Tensor): tf.Tensor {
    return this.dropout.apply(this.down.apply(this.up.apply(x)))
  }
}

/** The options of transformer blocks in an experiment. */
export const transformerShape: {
  readonly width: z.ZodInt
  readonly heads: z.ZodDefault<z.ZodInt>
  readonly hidden: z.ZodOptional<z.ZodInt>
  readonly dropout: z.ZodDefault<z.ZodNumber>
} = {
  width: z.int().positive().describe('Numbers of a token.'),
  heads: z.int().positive().default(4).describe('Heads of the attention.'),
  hidden: z.int().positive().optional().describe('Width of the dense layers; four times `width`.'),
  dropout: dropoutOption(),
}

/** `transformer` as a plugin. */
export const transformer: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'transformer',
  description: 'A transformer block: attention and two dense layers.',
  options: z.strictObject({
    ...transformerShape,
    isCausal: z.boolean().default(false).describe('Whether a token sees those before it alone.'),
    isRotary: z.boolean().default(false).describe('Whether places turn queries and keys.'),
    normFirst: z.boolean().default(true).describe('Whether norms stand before what they are for.'),
  }),
  create: (args) => new TransformerBlock(args),
})
