import type { Tensor } from '@tensorflow/tfjs'
import { adam, layers, Model, type Optimizer } from '../../src/index.ts'

/** Two dense layers around batch norm: small, but with every sort of weight. */
export class TinyClassifier extends Model {
  readonly hidden = layers.dense({ units: 8, activation: 'relu' })
  readonly norm = layers.batchNormalization()
  readonly head

  constructor(classes = 3, seed = 0) {
    super({ seed })
    this.head = layers.dense({ units: classes, activation: 'softmax' })
  }

  override call(x: Tensor): Tensor {
    return this.head.apply(this.norm.apply(this.hidden.apply(x)))
  }
}

/** One number from a hidden layer. */
export class TinyRegressor extends Model {
  readonly hidden = layers.dense({ units: 8, activation: 'relu' })
  readonly head = layers.dense({ units: 1 })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.hidden.apply(x))
  }
}

/** A tiny classifier, ready to train. */
export function compiledClassifier(
  optimizer: Optimizer = adam({ learningRate: 0.05 }),
): TinyClassifier {
  const model = new TinyClassifier(3)
  model.compile({ optimizer, loss: 'sparse_categorical_crossentropy', metrics: ['accuracy'] })
  return model
}

/** All numbers in a model's weights, one after the other. */
export function numbersOf(model: Model): number[] {
  return model.namedWeights().flatMap(({ variable }) => [...variable.dataSync()])
}
