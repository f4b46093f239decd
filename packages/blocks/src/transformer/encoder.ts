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
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'
import { Positions } from './positions.ts'
import { TransformerBlock, transformerShape } from './transformer-block.ts'

/** Arguments of a {@link TextEncoder}. */
export interface TextEncoderArgs extends ModelArgs, EndArgs {
  /** Tokens of a text at most. */
  readonly tokens: number
  readonly vocabulary: number
  readonly classes: number
  readonly width: number
  readonly heads: number
  readonly hidden?: number | undefined
  /** Number of blocks. */
  readonly blocks: number
  readonly dropout?: number | undefined
  readonly normFirst?: boolean | undefined
  /** Whether token 0 is padding, which counts nowhere; false by default. */
  readonly maskZero?: boolean | undefined
  /** Whether each text gets one answer, of the mean over its tokens (default), or each token one of its own. */
  readonly gives?: 'texts' | 'tokens' | undefined
}

/** A transformer encoder: tokens `[batch, tokens]` to logits of classes, `[batch, classes]`, or of each token, `[batch, tokens, classes]`. */
export class TextEncoder extends Model {
  readonly words: Layer
  readonly positions: Positions
  readonly blocks: readonly TransformerBlock[]
  readonly pool: Layer | undefined
  readonly head: Layer
  readonly #targetScale: TargetScale | undefined

  constructor({ tokens, vocabulary, classes, blocks, maskZero = false, ...args }: TextEncoderArgs) {
    super(args)
    const { width, heads, hidden, dropout, normFirst = false, gives = 'texts' } = args
    this.words = layers.embedding({ inputDim: vocabulary, outputDim: width, maskZero })
    this.positions = new Positions(tokens, width)
    const block = { width, heads, hidden, dropout, normFirst }
    this.blocks = Array.from({ length: blocks }, () => new TransformerBlock(block))
    this.pool = gives === 'texts' ? layers.globalAveragePooling1d() : undefined
    this.head = layers.dense({ units: classes })
    this.#targetScale = args.targetScale
  }

  override call(texts: Tensor): Tensor {
    let x: Tensor = this.positions.apply(this.words.apply(texts))
    for (const block of this.blocks) x = block.apply(x)
    return scaledToTargets(
      this.head.apply(this.pool === undefined ? x : this.pool.apply(x)),
      this.#targetScale,
    )
  }
}

/** `text-encoder` as a plugin. */
export const textEncoder: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'text-encoder',
  description: 'Transformer encoder that classifies texts, or each of their tokens.',
  options: z.strictObject({
    ...transformerShape,
    width: z.int().positive().default(64).describe('Numbers of a token.'),
    blocks: z.int().positive().default(2).describe('Number of blocks.'),
    tokens: z.int().positive().default(64).describe('Tokens of a text at most.'),
    vocabulary: fromData(z.int().positive(), 'vocabulary').describe(
      'Number of tokens; left out, what the data has.',
    ),
    ...endShape(),
    normFirst: z.boolean().default(true).describe('Whether norms stand before what they are for.'),
    maskZero: z.boolean().default(true).describe('Whether token 0 is padding.'),
    gives: z.enum(['texts', 'tokens']).default('texts').describe('What gets an answer.'),
  }),
  create: ({ vocabulary = 256, numClasses: classes = OUTPUTS, ...args }) =>
    new TextEncoder({ ...args, vocabulary, classes }),
})
