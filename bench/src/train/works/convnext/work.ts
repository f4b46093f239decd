import { type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'
import { Scale } from '../../parts/scale.ts'

const norm = () => layers.layerNormalization({ epsilon: 1e-6 })

/** Liu et al. 2022, figure 4: `[batch, h, w, width]` to the same. */
class Block extends Model {
  readonly depthwise: Layer
  readonly norm: Layer = norm()
  readonly up: Layer
  readonly down: Layer
  readonly scale = new Scale(0.1)

  constructor(width: number) {
    super()
    this.depthwise = layers.depthwiseConv2d({ kernelSize: 7, padding: 'same' })
    this.up = layers.dense({ units: 4 * width, activation: 'gelu' })
    this.down = layers.dense({ units: width })
  }

  override call(x: tf.Tensor): tf.Tensor {
    const y = this.up.apply(this.norm.apply(this.depthwise.apply(x)))
    return tf.add(x, this.scale.apply(this.down.apply(y)) as tf.Tensor)
  }
}

/** A norm, and a convolution that halves the image. */
class Downsample extends Model {
  readonly norm: Layer = norm()
  readonly conv: Layer

  constructor(filters: number) {
    super()
    this.conv = layers.conv2d({ filters, kernelSize: 2, strides: 2 })
  }

  override call(x: tf.Tensor): tf.Tensor {
    return this.conv.apply(this.norm.apply(x))
  }
}

class ConvNext extends Model {
  readonly stem: Layer
  readonly stemNorm: Layer = norm()
  readonly blocks: readonly Model[]
  readonly pool: Layer = layers.globalAveragePooling2d()
  readonly norm: Layer = norm()
  readonly head: Layer

  constructor(width: number, repeats: number, classes: number) {
    super()
    this.stem = layers.conv2d({ filters: width, kernelSize: 2, strides: 2 })
    this.blocks = [width, 2 * width, 4 * width].flatMap((filters, stage) => [
      ...(stage === 0 ? [] : [new Downsample(filters)]),
      ...Array.from({ length: repeats }, () => new Block(filters)),
    ])
    this.head = layers.dense({ units: classes })
  }

  override call(images: tf.Tensor): tf.Tensor {
    let x = this.stemNorm.apply(this.stem.apply(images))
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.norm.apply(this.pool.apply(x)))
  }
}

/** A small ConvNeXt. */
export const convnext: Declaration = declareWork({
  name: 'convnext',
  description: 'ConvNeXt of 48 to 192 channels, two blocks each, pictures of 32 x 32 x 3, AdamW',
  samples: 'images',
  batch: 32,
  sizes: { width: 48, repeats: 2, size: 32, classes: 10 },
  tiny: { width: 4, repeats: 1, size: 8 },
  fromLogits: true,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, repeats, classes }) => new ConvNext(width, repeats, classes),
  data: pictures,
})
