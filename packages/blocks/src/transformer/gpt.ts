import {
  definePlugin,
  fromData,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { Positions } from './positions.ts'
import { TransformerBlock, transformerShape } from './transformer-block.ts'

/** Arguments of a {@link Gpt}. */
export interface GptArgs extends ModelArgs {
  /** Tokens that it sees at most. */
  readonly tokens: number
  readonly vocabulary: number
  readonly width: number
  readonly heads: number
  readonly hidden?: number | undefined
  /** Number of blocks. */
  readonly blocks: number
  readonly dropout?: number | undefined
  /** How places are told: by a learnt vector for each (default), or by turning queries and keys. */
  readonly positions?: 'learned' | 'rotary' | undefined
}

/** A causal language model (Radford et al. 2019): tokens `[batch, tokens]` to logits of the token after each, `[batch, tokens, vocabulary]`. */
export class Gpt extends Model {
  readonly words: Layer
  readonly positions: Positions | undefined
  readonly blocks: readonly TransformerBlock[]
  readonly norm: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly head: Layer
  readonly tokens: number
  readonly width: number
  readonly heads: number

  constructor({ tokens, vocabulary, blocks, positions = 'learned', ...args }: GptArgs) {
    super(args)
    const { width, heads, hidden, dropout } = args
    this.tokens = tokens
    this.width = width
    this.heads = heads
    this.words = layers.embedding({ inputDim: vocabulary, outputDim: width })
    const isRotary = positions === 'rotary'
    this.positions = isRotary ? undefined : new Positions(tokens, width)
    const block = { width, heads, hidden, dropout, isCausal: true, isRotary }
    this.blocks = Array.from({ length: blocks }, () => new TransformerBlock(block))
    this.head = layers.dense({ units: vocabulary, useBias: false })
  }

  override call(texts: tf.Tensor): tf.Tensor {
    let x: tf.Tensor = this.words.apply(texts)
    if (this.positions !== undefined) x = this.positions.apply(x)
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.norm.apply(x))
  }

  /** The same network for one token at a time, with what it remembers of those before as a tensor that goes in and comes out. It shares the weights. */
  cached(): CachedGpt {
    return new CachedGpt(this)
  }
}

/**
 * A {@link Gpt} for one token at a time: `{ token [batch, 1], place [1], past [batch, blocks, 2, heads, tokens, width / heads] }` to `{ logits [batch, vocabulary], present }`.
 * `past` is zeros before the first token, and the `present` of the step before from then on.
 */
export class CachedGpt extends Model {
  readonly gpt: Gpt

  constructor(gpt: Gpt) {
    super({ name: `${gpt.name}_cached` })
    this.gpt = gpt
    const { tokens, width, heads, blocks } = gpt
    this.build({
      token: { shape: [null, 1], dtype: 'int32' },
      // The same of all rows; a batch of its own keeps files to one free size.
      place: { shape: [1], dtype: 'int32' },
      past: { shape: [null, blocks.length, 2, heads, tokens, width / heads] },
    })
  }

  override getClassName(): string {
    return 'CachedGpt'
  }

  override call({
    token,
    place,
    past,
  }: Readonly<Record<'token' | 'place' | 'past', tf.Tensor>>): Readonly<
    Record<'logits' | 'present', tf.Tensor>
  > {
    const { words, positions, blocks, norm, head } = this.gpt
    let x: tf.Tensor = words.apply(token)
    if (positions !== undefined) x = positions.apply(x, { place })
    const kept = tf.unstack(past, 1)
    const present = blocks.map((block, at) => {
      const [keys, values] = tf.unstack(kept[at]!, 1) as [tf.Tensor, tf.Tensor]
      const found = block.step(x, { keys, values, place })
      x = found.y
      return tf.stack([found.keys, found.values], 1)
    })
    const logits: tf.Tensor = head.apply(norm.apply(x))
    const vocabulary = logits.shape[2]!
    return { logits: tf.reshape(logits, [-1, vocabulary]), present: tf.stack(present, 1) }
  }
}

/** Tokens of a network that is made where no data says how many there are. */
const VOCABULARY = 256

/** `gpt` as a plugin. */
export const gpt: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'gpt',
  description: 'Causal transformer: a language model.',
  options: z.strictObject({
    ...transformerShape,
    width: z.int().positive().default(64).describe('Numbers of a token.'),
    blocks: z.int().positive().default(2).describe('Number of blocks.'),
    tokens: z.int().positive().default(64).describe('Tokens that it sees at most.'),
    vocabulary: fromData(z.int().positive(), 'vocabulary').describe(
      'Number of tokens; left out, what the data has.',
    ),
    positions: z.enum(['learned', 'rotary']).default('learned').describe('How places are told.'),
  }),
  create: ({ vocabulary = VOCABULARY, ...args }) => new Gpt({ ...args, vocabulary }),
})
