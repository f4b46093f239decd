import { type Layer, layers, Model, scaledToTargets, type TargetScale } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import type { Value } from '../value/value.ts'

/** How features become one vector: the mean of all pixels or tokens, the first token, or all in a row. */
export type Pooling = 'mean' | 'first' | 'flatten'

/** What is put in the place of what was cut off. */
export interface HeadOptions {
  /** Number of outputs. */
  readonly classes: number
  /** `logits` by default. */
  readonly output?: 'logits' | 'probabilities' | undefined
  /** Of features that are images or sequences; `mean` by default. */
  readonly pooling?: Pooling | undefined
  /** Part of the features that is left out in training; 0 by default. */
  readonly dropout?: number | undefined
  /** Where the numbers of a regression lie; near 0 when left out. */
  readonly targetScale?: TargetScale | undefined
}

/** A classifier on features: one vector for each sample, a dense layer. */
export class Head extends Model {
  readonly drop: Layer | undefined
  readonly dense: Layer
  readonly #pooling: Pooling
  readonly #targetScale: TargetScale | undefined

  constructor({
    classes,
    output = 'logits',
    pooling = 'mean',
    dropout = 0,
    targetScale,
  }: HeadOptions) {
    super({ name: 'head' })
    this.#pooling = pooling
    this.#targetScale = targetScale
    this.drop = dropout === 0 ? undefined : layers.dropout({ rate: dropout })
    this.dense = layers.dense({
      units: classes,
      ...(output === 'probabilities' && { activation: 'softmax' as const }),
    })
  }

  /** The features as one vector for each sample. */
  pool(features: Value): tf.Tensor {
    const { rank } = features
    if (rank < 2) {
      throw new ConfigError({
        where: 'head',
        expected: 'the network must be cut where it gives a tensor for each sample',
        given: features.shape,
      })
    }
    if (rank === 2) return features.plain()
    if (this.#pooling === 'flatten') return tf.reshape(features.plain(), [features.shape[0]!, -1])
    // Sequences [N, tokens, features]; images [N, channels, ...pixels].
    if (rank === 3) {
      const tokens = features.plain()
      if (this.#pooling === 'mean') return tf.mean(tokens, 1)
      const [batch, , width] = tokens.shape as [number, number, number]
      return tf.reshape(tf.slice(tokens, [0, 0, 0], [-1, 1, -1]), [batch, width])
    }
    const order = channelsLast(rank)
    return tf.mean(features.in(order), order.map((_, place) => place).slice(1, -1))
  }

  override call(x: tf.Tensor): tf.Tensor {
    const y = this.dense.apply(this.drop === undefined ? x : this.drop.apply(x))
    return scaledToTargets(y, this.#targetScale)
  }
}
