import { type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'

/** Arguments of a {@link TransformerBlock}. */
export interface TransformerBlockArgs {
  readonly width: number
  readonly heads: number
  /** Width of the two dense layers' middle. */
  readonly hidden: number
  readonly dropout?: number
  /** Whether a token sees those before it alone. */
  readonly isCausal?: boolean
  /** Whether norms stand before attention and dense layers, as in GPT-2, or behind the sums, as in Vaswani et al. 2017. */
  readonly normFirst: boolean
}

/** Attention, then two dense layers, each added to what it was given: `[batch, tokens, width]` to the same. */
export class TransformerBlock extends Model {
  readonly args: TransformerBlockArgs
  readonly norm1: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly qkv: Layer
  readonly project: Layer
  readonly norm2: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly up: Layer
  readonly down: Layer
  readonly dropout: Layer

  constructor(args: TransformerBlockArgs) {
    super()
    this.args = args
    const { width, hidden, dropout = 0 } = args
    this.qkv = layers.dense({ units: 3 * width })
    this.project = layers.dense({ units: width })
    this.up = layers.dense({ units: hidden, activation: 'gelu' })
    this.down = layers.dense({ units: width })
    this.dropout = layers.dropout({ rate: dropout })
  }

  override call(inputs: tf.Tensor): tf.Tensor {
    if (this.args.normFirst) {
      const x = tf.add(inputs, this.attend(this.norm1.apply(inputs)))
      return tf.add(x, this.expand(this.norm2.apply(x)))
    }
    const x = this.norm1.apply(tf.add(inputs, this.attend(inputs)))
    return this.norm2.apply(tf.add(x, this.expand(x)))
  }

  private attend(x: tf.Tensor): tf.Tensor {
    const { width, heads, isCausal = false } = this.args
    const tokens = x.shape[1]!
    const split = (part: tf.Tensor) =>
      tf.transpose(tf.reshape(part, [-1, tokens, heads, width / heads]), [0, 2, 1, 3])
    const [q, k, v] = tf.split(this.qkv.apply(x), 3, -1).map(split)
    let scores = tf.mul(tf.matMul(q!, k!, false, true), 1 / Math.sqrt(width / heads))
    if (isCausal) scores = tf.add(scores, futureMask(tokens))
    const shares = this.dropout.apply(tf.softmax(scores))
    const joined = tf.transpose(tf.matMul(shares, v!), [0, 2, 1, 3])
    return this.dropout.apply(this.project.apply(tf.reshape(joined, [-1, tokens, width])))
  }

  private expand(x: tf.Tensor): tf.Tensor {
    return this.dropout.apply(this.down.apply(this.up.apply(x)))
  }
}

/** `[tokens, tokens]`: 0 where the column is no later than the row, else so much less that softmax gives 0. */
function futureMask(tokens: number): tf.Tensor {
  const seen = tf.linalg.bandPart(tf.ones([tokens, tokens]), -1, 0)
  return tf.mul(tf.sub(seen, 1), 1e9)
}

/** A vector learnt for each place, added to what stands there: `[batch, tokens, width]` to the same. */
export class Positions extends Model {
  readonly table: Layer

  constructor(tokens: number, width: number) {
    super()
    this.table = layers.embedding({ inputDim: tokens, outputDim: width })
  }

  override call(x: tf.Tensor): tf.Tensor {
    const places = tf.range(0, x.shape[1]!, 1, 'int32')
    return tf.add(x, this.table.apply(tf.expandDims(places, 0)))
  }
}
