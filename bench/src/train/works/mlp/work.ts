import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { mnistImages } from '../../data/mnist.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** Two wide layers. */
class Mlp extends Model {
  readonly dense1: Layer
  readonly dense2: Layer
  readonly dropout: Layer
  readonly head: Layer = layers.dense({ units: 10 })

  constructor(units: number, dropout: number) {
    super()
    this.dense1 = layers.dense({ units, activation: 'relu' })
    this.dense2 = layers.dense({ units, activation: 'relu' })
    this.dropout = layers.dropout({ rate: dropout })
  }

  override call(x: Tensor): Tensor {
    const y = this.dropout.apply(this.dense1.apply(x))
    return this.head.apply(this.dropout.apply(this.dense2.apply(y)))
  }
}

/** A multilayer perceptron on MNIST. */
export const mlp: Declaration = declareWork({
  name: 'mlp',
  description: 'dense layers 784-512-512-10 with dropout, MNIST',
  samples: 'images',
  batch: 128,
  sizes: { units: 512, dropout: 0.2 },
  tiny: { units: 16 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: false,
  url: import.meta.url,
  network: ({ units, dropout }) => new Mlp(units, dropout),
  data: (_, length) => mnistImages(length, [784]),
})
