import { type Callback, type History, layers, Model, type Samples } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'

/** One dense layer. */
export class Tiny extends Model {
  readonly head = layers.dense({ units: 3, activation: 'softmax' })
  override call(x: Tensor): Tensor {
    return this.head.apply(x)
  }
}

/** Two epochs of five steps on made-up numbers. */
export async function trainTiny(callbacks: readonly Callback[]): Promise<History> {
  const length = 20
  const samples: Samples = {
    inputs: Float32Array.from({ length: 4 * length }, (_, i) => Math.sin(i)),
    labels: Uint8Array.from({ length }, (_, i) => i % 3),
    length,
    info: {
      inputShape: [4],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
  const model = new Tiny({ seed: 1 })
  model.compile({
    optimizer: 'adam',
    loss: 'sparse-categorical-crossentropy',
    metrics: ['accuracy'],
  })
  try {
    return await model.fit(samples, { epochs: 2, batchSize: 4, validationData: samples, callbacks })
  } finally {
    model.dispose()
  }
}
