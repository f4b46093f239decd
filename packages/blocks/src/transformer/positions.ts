import { type CallArgs, type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'

/** A vector learnt for each place, added to what stands there: `[batch, tokens, width]` to the same. */
export class Positions extends Model {
  readonly table: Layer

  /** @param tokens places at most. */
  constructor(tokens: number, width: number) {
    super()
    this.supportsMasking = true
    this.table = layers.embedding({ inputDim: tokens, outputDim: width })
  }

  /** @param kwargs `place`: int32 `[1]`, of the only token that is given; else they stand from 0 on. */
  override call(x: tf.Tensor, { place }: CallArgs): tf.Tensor {
    const places = (place as tf.Tensor | undefined) ?? tf.range(0, x.shape[1]!, 1, 'int32')
    return tf.add(x, this.table.apply(tf.expandDims(places, 0)))
  }
}
