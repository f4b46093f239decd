import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'

/** A block with just enough behind it to learn two classes. */
export class BlockClassifier extends Model {
  readonly block: Model
  readonly pool: Layer = layers.globalAveragePooling2d()
  readonly classifier: Layer = layers.dense({ units: 2, activation: 'softmax' })

  constructor(block: Model) {
    super()
    this.block = block
  }

  override call(x: Tensor): Tensor {
    return this.classifier.apply(this.pool.apply(this.block.apply(x)))
  }
}
