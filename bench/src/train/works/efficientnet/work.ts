import { type Layer, layers, Model } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

const EXPANSION = 4

/** Width, in units of the first, and strides of each block. */
const BLOCKS = [
  [1, 1],
  [2, 2],
  [2, 1],
  [4, 2],
  [4, 1],
  [4, 1],
] as const

const swish = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x))
const conv = (filters: number, kernelSize: number, strides = 1): Layer =>
  layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false })

/** The block of EfficientNet (Tan and Le 2019): an inverted residual with squeeze and excitation in its middle. */
class MobileBlock extends Model {
  readonly expand: Layer
  readonly expandNorm: Layer = layers.batchNormalization()
  readonly depthwise: Layer
  readonly depthwiseNorm: Layer = layers.batchNormalization()
  readonly squeeze: Layer
  readonly excite: Layer
  readonly project: Layer
  readonly projectNorm: Layer = layers.batchNormalization()
  readonly middle: number
  readonly adds: boolean

  constructor(inputs: number, width: number, strides: number) {
    super()
    this.middle = inputs * EXPANSION
    this.adds = strides === 1 && inputs === width
    this.expand = conv(this.middle, 1)
    const depthwise = { kernelSize: 3, strides, padding: 'same', useBias: false } as const
    this.depthwise = layers.depthwiseConv2d(depthwise)
    this.squeeze = layers.dense({ units: Math.floor(inputs / 4) })
    this.excite = layers.dense({ units: this.middle })
    this.project = conv(width, 1)
  }

  override call(x: tf.Tensor): tf.Tensor {
    let y = swish(this.expandNorm.apply(this.expand.apply(x)))
    y = swish(this.depthwiseNorm.apply(this.depthwise.apply(y)))
    const means = tf.mean(y, [1, 2])
    const excited: tf.Tensor = this.excite.apply(swish(this.squeeze.apply(means)))
    y = tf.mul(y, tf.reshape(tf.sigmoid(excited), [-1, 1, 1, this.middle]))
    y = this.projectNorm.apply(this.project.apply(y))
    return this.adds ? tf.add(x, y) : y
  }
}

class SmallEfficientNet extends Model {
  readonly conv: Layer
  readonly norm: Layer = layers.batchNormalization()
  readonly blocks: readonly Model[]
  readonly classifier: Layer

  constructor(width: number, classes: number) {
    super()
    this.conv = conv(width, 3, 2)
    let inputs = width
    this.blocks = BLOCKS.map(([factor, strides]) => {
      const block = new MobileBlock(inputs, width * factor, strides)
      inputs = width * factor
      return block
    })
    this.classifier = layers.dense({ units: classes })
  }

  override call(images: tf.Tensor): tf.Tensor {
    let x = swish(this.norm.apply(this.conv.apply(images)))
    for (const block of this.blocks) x = block.apply(x)
    return this.classifier.apply(tf.mean(x, [1, 2]))
  }
}

/** An EfficientNet of six blocks, its activations and gates written in tfjs's functions as people do. */
export const efficientnet: Declaration = declareWork({
  name: 'efficientnet',
  description:
    'six blocks of EfficientNet with swish and squeeze and excitation, pictures of 64 x 64 x 3',
  samples: 'images',
  batch: 32,
  sizes: { width: 32, size: 64, classes: 10 },
  tiny: { width: 16, size: 16 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, classes }) => new SmallEfficientNet(width, classes),
  data: pictures,
})
