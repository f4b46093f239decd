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

/** The identity block of the lesson. */
export class IdentityBlock extends Model {
  readonly conv1
  readonly norm1 = layers.batchNormalization()
  readonly conv2
  readonly norm2 = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly add = layers.add()

  constructor(filters: number, kernelSize: number) {
    super()
    this.conv1 = layers.conv2d({ filters, kernelSize, padding: 'same' })
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same' })
  }

  override call(inputs: Tensor): Tensor {
    let x = this.conv1.apply(inputs)
    x = this.norm1.apply(x)
    x = this.relu.apply(x)
    x = this.conv2.apply(x)
    x = this.norm2.apply(x)
    x = this.add.apply([x, inputs])
    return this.relu.apply(x)
  }
}

/** The network of the lesson. */
export class MiniResNet extends Model {
  readonly stem = layers.conv2d({ filters: 64, kernelSize: 7, padding: 'same' })
  readonly norm = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly maxPool = layers.maxPooling2d({ poolSize: 3 })
  readonly blocks = [new IdentityBlock(64, 3), new IdentityBlock(64, 3)]
  readonly pool = layers.globalAveragePooling2d()
  readonly head

  constructor(classes: number) {
    super()
    this.head = layers.dense({ units: classes, activation: 'softmax' })
  }

  override call(inputs: Tensor): Tensor {
    let x = this.stem.apply(inputs)
    x = this.norm.apply(x)
    x = this.relu.apply(x)
    x = this.maxPool.apply(x)
    for (const block of this.blocks) x = block.apply(x)
    x = this.pool.apply(x)
    return this.head.apply(x)
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
