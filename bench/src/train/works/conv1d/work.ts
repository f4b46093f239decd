import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { waves } from '../../data/waves.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

class SeriesClassifier extends Model {
  readonly convs: readonly Layer[]
  readonly norms: readonly Layer[]
  readonly relu: Layer = layers.reLU()
  readonly pool: Layer = layers.maxPooling1d({ poolSize: 4 })
  readonly mean: Layer = layers.globalAveragePooling1d()
  readonly head: Layer

  constructor(width: number, classes: number) {
    super()
    const widths = [width, 2 * width, 4 * width]
    this.convs = widths.map((filters) =>
      layers.conv1d({ filters, kernelSize: 5, padding: 'same', useBias: false }),
    )
    this.norms = widths.map(() => layers.batchNormalization())
    this.head = layers.dense({ units: classes })
  }

  override call(series: Tensor): Tensor {
    let x = series
    for (const [index, conv] of this.convs.entries()) {
      x = this.pool.apply(this.relu.apply(this.norms[index]!.apply(conv.apply(x))))
    }
    return this.head.apply(this.mean.apply(x))
  }
}

/** Convolutions of a series. */
export const conv1d: Declaration = declareWork({
  name: 'conv1d',
  description: 'three convolutions of 32 to 128 channels, series of 1024 steps of 16 channels',
  samples: 'series',
  batch: 32,
  sizes: { width: 32, steps: 1024, channels: 16, classes: 6 },
  tiny: { width: 4, steps: 128, channels: 2 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: false,
  url: import.meta.url,
  network: ({ width, classes }) => new SeriesClassifier(width, classes),
  data: waves,
})
