import { type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { outlines } from '../../data/outlines.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** Two convolutions, each with batch norm and ReLU. */
class Pair extends Model {
  readonly conv1: Layer
  readonly norm1: Layer = layers.batchNormalization()
  readonly conv2: Layer
  readonly norm2: Layer = layers.batchNormalization()
  readonly relu: Layer = layers.reLU()

  constructor(filters: number) {
    super()
    const conv = { filters, kernelSize: 3, padding: 'same', useBias: false } as const
    this.conv1 = layers.conv2d(conv)
    this.conv2 = layers.conv2d(conv)
  }

  override call(x: tf.Tensor): tf.Tensor {
    const y = this.relu.apply(this.norm1.apply(this.conv1.apply(x)))
    return this.relu.apply(this.norm2.apply(this.conv2.apply(y)))
  }
}

/** Down and up again, with what was seen on the way down joined on the way up (Ronneberger et al. 2015). */
class UNet extends Model {
  readonly down: readonly Pair[]
  readonly pool: Layer = layers.maxPooling2d({ poolSize: 2 })
  readonly middle: Pair
  readonly grow: readonly Layer[]
  readonly up: readonly Pair[]
  readonly head: Layer

  constructor(width: number, depth: number, classes: number) {
    super()
    const widths = Array.from({ length: depth }, (_, level) => width * 2 ** level)
    this.down = widths.map((filters) => new Pair(filters))
    this.middle = new Pair(width * 2 ** depth)
    const back = [...widths].reverse()
    this.grow = back.map((filters) =>
      layers.conv2dTranspose({ filters, kernelSize: 2, strides: 2 }),
    )
    this.up = back.map((filters) => new Pair(filters))
    this.head = layers.conv2d({ filters: classes, kernelSize: 1 })
  }

  override call(images: tf.Tensor): tf.Tensor {
    const seen: tf.Tensor[] = []
    let x = images
    for (const pair of this.down) {
      seen.unshift(pair.apply(x))
      x = this.pool.apply(seen[0]!)
    }
    x = this.middle.apply(x)
    for (const [index, pair] of this.up.entries()) {
      x = pair.apply(tf.concat([seen[index]!, this.grow[index]!.apply(x)], -1))
    }
    return this.head.apply(x)
  }
}

/** A U-Net with a label for each pixel. */
export const uNet: Declaration = declareWork({
  name: 'u-net',
  description: 'U-Net of 16 to 128 channels, a label for each pixel of 64 x 64',
  samples: 'images',
  batch: 16,
  sizes: { width: 16, depth: 3, size: 64, classes: 4 },
  tiny: { width: 4, depth: 2, size: 16 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, depth, classes }) => new UNet(width, depth, classes),
  data: outlines,
})
