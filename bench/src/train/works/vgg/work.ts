import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** Two pairs of convolutions, each with a pool, and a dense layer. */
class Vgg extends Model {
  readonly convs: readonly Layer[]
  readonly pool: Layer = layers.maxPooling2d({ poolSize: 2 })
  readonly dropout: Layer
  readonly flatten: Layer = layers.flatten()
  readonly dense: Layer
  readonly head: Layer

  constructor(width: number, units: number, classes: number, dropout: number) {
    super()
    const conv = { kernelSize: 3, padding: 'same', activation: 'relu' } as const
    this.convs = [width, width, 2 * width, 2 * width].map((filters) =>
      layers.conv2d({ filters, ...conv }),
    )
    this.dropout = layers.dropout({ rate: dropout })
    this.dense = layers.dense({ units, activation: 'relu' })
    this.head = layers.dense({ units: classes })
  }

  override call(images: Tensor): Tensor {
    let x = images
    for (const [index, conv] of this.convs.entries()) {
      x = conv.apply(x)
      if (index % 2 === 1) x = this.dropout.apply(this.pool.apply(x))
    }
    return this.head.apply(this.dropout.apply(this.dense.apply(this.flatten.apply(x))))
  }
}

/** A small VGG. */
export const vgg: Declaration = declareWork({
  name: 'vgg',
  description: 'four convolutions of 32 and 64 channels with dropout, pictures of 32 x 32 x 3',
  samples: 'images',
  batch: 64,
  sizes: { width: 32, units: 256, size: 32, classes: 10, dropout: 0.25 },
  tiny: { width: 4, units: 16, size: 8 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, units, classes, dropout }) => new Vgg(width, units, classes, dropout),
  data: pictures,
})
