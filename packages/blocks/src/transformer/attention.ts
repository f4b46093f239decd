import {
  type CallArgs,
  definePlugin,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { dropoutOption } from '../parts/dropout.ts'

/** What is added to scores of what must not be seen: softmax gives 0. */
const UNSEEN = -1e9

/** Arguments of {@link MultiHeadAttention} beyond its width and heads. */
export interface AttentionArgs extends ModelArgs {
  /** Whether a token sees those before it alone; false by default. */
  readonly isCausal?: boolean | undefined
  /** Whether queries and keys are turned by their places (Su et al. 2021); false by default: places are told otherwise. */
  readonly isRotary?: boolean | undefined
  /** Whether keys and values come of another sequence: `apply([queries, memory])`. */
  readonly isCross?: boolean | undefined
  /** Part of the shares, and of the output, that is left out in training; 0 by default. */
  readonly dropout?: number | undefined
}

/** Keys and values of all tokens so far, `[batch, heads, places, width / heads]` each, and which place comes next. */
export interface AttentionPast {
  readonly keys: tf.Tensor
  readonly values: tf.Tensor
  /** The place of the token that is given, int32 `[1]`. */
  readonly place: tf.Tensor
}

/**
 * Attention of several heads (Vaswani et al. 2017): `[batch, tokens, width]` to the same. Tokens that a mask leaves out are seen by none.
 *
 * @example const y = new MultiHeadAttention(64, 4, { isCausal: true }).apply(x)
 */
export class MultiHeadAttention extends Model {
  readonly qkv: Layer | undefined
  readonly query: Layer | undefined
  readonly memory: Layer | undefined
  readonly project: Layer
  readonly dropout: Layer
  readonly width: number
  readonly heads: number
  readonly isCausal: boolean
  readonly isRotary: boolean

  constructor(width: number, heads: number, args: AttentionArgs = {}) {
    super(args)
    const { isCausal = false, isRotary = false, isCross = false, dropout = 0 } = args
    const each = width / heads
    if (!Number.isInteger(each) || (isRotary && each % 2 !== 0)) {
      throw new ConfigError({
        where: 'attention',
        expected: `\`width\` must be a multiple of ${isRotary ? 'twice ' : ''}\`heads\``,
        given: { width, heads },
      })
    }
    this.width = width
    this.heads = heads
    this.isCausal = isCausal
    this.isRotary = isRotary
    this.supportsMasking = true
    if (isCross) {
      this.query = layers.dense({ units: width })
      this.memory = layers.dense({ units: 2 * width })
    } else this.qkv = layers.dense({ units: 3 * width })
    this.project = layers.dense({ units: width })
    this.dropout = layers.dropout({ rate: dropout })
  }

  override call(inputs: tf.Tensor | tf.Tensor[], { mask }: CallArgs): tf.Tensor {
    const [queries, others] = Array.isArray(inputs) ? inputs : [inputs]
    const masks = [mask].flat() as (tf.Tensor | undefined)[]
    const [query, key, value] = this.#parts(queries!, others)
    const [q, k] = this.isRotary
      ? [turned(query, places(query)), turned(key, places(key))]
      : [query, key]
    const seen = others === undefined ? masks[0] : masks[1]
    let scores = this.#scores(q, k)
    if (this.isCausal) scores = tf.add(scores, futureMask(queries!.shape[1]!, key.shape[2]!))
    if (seen !== undefined) {
      const unseen = tf.mul(tf.sub(1, tf.cast(seen, 'float32')), UNSEEN)
      scores = tf.add(scores, tf.reshape(unseen, [-1, 1, 1, key.shape[2]!]))
    }
    return this.#joined(scores, value, queries!.shape[1]!)
  }

  /**
   * One token more, `[batch, 1, width]`, with what is known of those before it: what `call` gives for the last of them, in the time of one. Places that are not reached yet count for
   * nothing.
   */
  step(
    x: tf.Tensor,
    past: AttentionPast,
  ): { readonly y: tf.Tensor } & Omit<AttentionPast, 'place'> {
    const [query, key, value] = this.#parts(x, undefined)
    const { place } = past
    const count = past.keys.shape[2]!
    const [q, k] = this.isRotary ? [turned(query, place), turned(key, place)] : [query, key]
    const own = tf.reshape(tf.oneHot(place, count, 1, 0, 'float32'), [1, 1, count, 1])
    const put = (before: tf.Tensor, now: tf.Tensor) =>
      tf.add(tf.mul(before, tf.sub(1, own)), tf.mul(own, now))
    const [keys, values] = [put(past.keys, k), put(past.values, value)]
    const later = tf.cast(tf.greater(tf.range(0, count, 1, 'int32'), place), 'float32')
    const scores = tf.add(this.#scores(q, keys), tf.mul(later, UNSEEN))
    return { y: this.#joined(scores, values, 1), keys, values }
  }

  #parts(x: tf.Tensor, memory: tf.Tensor | undefined): [tf.Tensor, tf.Tensor, tf.Tensor] {
    const each = this.width / this.heads
    const split = (part: tf.Tensor) =>
      tf.transpose(tf.reshape(part, [-1, part.shape[1]!, this.heads, each]), [0, 2, 1, 3])
    if (this.qkv !== undefined) {
      return tf.split(this.qkv.apply(x), 3, -1).map(split) as [tf.Tensor, tf.Tensor, tf.Tensor]
    }
    if (memory === undefined) {
      throw new ConfigError({
        where: 'attention',
        expected: 'cross-attention must be given two sequences: apply([queries, memory])',
      })
    }
    const [key, value] = tf.split(this.memory!.apply(memory), 2, -1).map(split)
    return [split(this.query!.apply(x)), key!, value!]
  }

  #scores(q: tf.Tensor, k: tf.Tensor): tf.Tensor {
    return tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(this.width / this.heads))
  }

  #joined(scores: tf.Tensor, value: tf.Tensor, tokens: number): tf.Tensor {
    const shares = this.dropout.apply(tf.softmax(scores))
    const joined = tf.transpose(tf.matMul(shares, value), [0, 2, 1, 3])
    return this.dropout.apply(this.project.apply(tf.reshape(joined, [-1, tokens, this.width])))
  }
}

/** `[queries, keys]`: 0 where the column is no later than the row, else so much less that softmax gives 0. */
function futureMask(queries: number, keys: number): tf.Tensor {
  const seen = tf.linalg.bandPart(tf.ones([queries, keys]), -1, 0)
  return tf.mul(tf.sub(seen, 1), -UNSEEN)
}

function places(x: tf.Tensor): tf.Tensor {
  return tf.range(0, x.shape[2]!, 1, 'int32')
}

/** Pairs of numbers turned by their place: `[batch, heads, places, width]`. */
function turned(x: tf.Tensor, place: tf.Tensor): tf.Tensor {
  const half = x.shape[3]! / 2
  const speeds = tf.tensor1d(Array.from({ length: half }, (_, at) => 10_000 ** (-at / half)))
  const angles = tf.mul(tf.reshape(tf.cast(place, 'float32'), [-1, 1]), speeds)
  const [cos, sin] = [tf.cos(angles), tf.sin(angles)]
  const [first, second] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor]
  return tf.concat(
    [
      tf.sub(tf.mul(first, cos), tf.mul(second, sin)),
      tf.add(tf.mul(second, cos), tf.mul(first, sin)),
    ],
    -1,
  )
}

/** `attention` as a plugin. */
export const attention: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'attention',
  description: 'Attention of several heads over a sequence.',
  options: z.strictObject({
    width: z.int().positive().describe('Numbers of a token.'),
    heads: z.int().positive().default(4).describe('Heads.'),
    isCausal: z.boolean().default(false).describe('Whether a token sees those before it alone.'),
    isRotary: z.boolean().default(false).describe('Whether places turn queries and keys.'),
    dropout: dropoutOption(),
  }),
  create: ({ width, heads, ...args }) => new MultiHeadAttention(width, heads, args),
})
