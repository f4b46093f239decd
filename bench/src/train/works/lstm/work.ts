import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { mnistImages } from '../../data/mnist.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

class RowReader extends Model {
  readonly lstm: Layer
  readonly head: Layer = layers.dense({ units: 10 })

  constructor(units: number) {
    super()
    this.lstm = layers.lstm({ units })
  }

  override call(rows: Tensor): Tensor {
    return this.head.apply(this.lstm.apply(rows))
  }
}

/** An LSTM that reads the rows of an image. */
export const lstm: Declaration = declareWork({
  name: 'lstm',
  description: 'LSTM(128) over the 28 rows of MNIST',
  samples: 'sequences',
  batch: 64,
  sizes: { units: 128 },
  tiny: { units: 8 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: false,
  url: import.meta.url,
  network: ({ units }) => new RowReader(units),
  data: (_, length) => mnistImages(length, [28, 28]),
})
