import * as tf from '@tensorflow/tfjs'
import { type ArraySamples, type Layer, layers, Model } from '../../src/index.ts'

/** Texts of three words, pooled, to two classes. */
export class Words extends Model {
  readonly words: Layer
  readonly head: Layer

  constructor(inputDim: number, outputDim: number) {
    super()
    this.words = layers.embedding({ inputDim, outputDim })
    this.head = layers.dense({ units: 2, activation: 'softmax' })
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.head.apply(tf.mean(this.words.apply(x), 1))
  }
}

/** Eight texts of three words each. */
export function texts(word: (at: number) => number): ArraySamples {
  return {
    inputs: Float32Array.from({ length: 24 }, (_, at) => word(at)),
    labels: Int32Array.of(0, 1, 1, 0, 1, 0, 0, 1),
    length: 8,
    info: {
      inputShape: [3],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
}
