import { type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork, type Sizes } from '../../declaration.ts'
import { Positions, TransformerBlock } from '../../parts/transformer.ts'

const sizes = {
  ...{ size: 32, patch: 4, classes: 10 },
  ...{ width: 128, heads: 4, hidden: 512, blocks: 4 },
} satisfies Sizes

class Vit extends Model {
  readonly patches: Layer
  readonly positions: Positions
  readonly blocks: readonly TransformerBlock[]
  readonly norm: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly pool: Layer = layers.globalAveragePooling1d()
  readonly head: Layer
  readonly tokens: number
  readonly width: number

  constructor({ size, patch, classes, blocks, ...block }: typeof sizes) {
    super()
    this.width = block.width
    this.tokens = (size / patch) ** 2
    this.patches = layers.conv2d({ filters: block.width, kernelSize: patch, strides: patch })
    this.positions = new Positions(this.tokens, block.width)
    this.blocks = Array.from(
      { length: blocks },
      () => new TransformerBlock({ ...block, normFirst: true }),
    )
    this.head = layers.dense({ units: classes })
  }

  override call(images: tf.Tensor): tf.Tensor {
    const patches = tf.reshape(this.patches.apply(images), [-1, this.tokens, this.width])
    let x: tf.Tensor = this.positions.apply(patches)
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.pool.apply(this.norm.apply(x)))
  }
}

/** A vision transformer. */
export const vit: Declaration = declareWork({
  name: 'vit',
  description: 'vision transformer, 4 blocks of width 128, pictures of 32 x 32 x 3, AdamW',
  samples: 'images',
  batch: 32,
  sizes,
  tiny: { size: 8, classes: 3, width: 8, heads: 2, hidden: 16, blocks: 2 },
  fromLogits: true,
  optimizer: { name: 'adamw', learningRate: 1e-3, weightDecay: 0.05 },
  channelsLast: true,
  url: import.meta.url,
  network: (given) => new Vit(given),
  data: pictures,
})
