import { IdentityBlock, ProjectionBlock } from '@ashlar/blocks'
import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** The ResNet for small pictures (He et al. 2015, section 4.2), without biases and with a projection where the width changes. */
class ResNet20 extends Model {
  readonly conv: Layer
  readonly norm: Layer = layers.batchNormalization()
  readonly relu: Layer = layers.reLU()
  readonly blocks: readonly Model[]
  readonly pool: Layer = layers.globalAveragePooling2d()
  readonly classifier: Layer

  constructor(width: number, classes: number) {
    super()
    const plain = { useBias: false }
    this.conv = layers.conv2d({ filters: width, kernelSize: 3, padding: 'same', ...plain })
    this.blocks = [width, 2 * width, 4 * width].flatMap((filters, stage) => [
      stage === 0
        ? new IdentityBlock(filters, 3, plain)
        : new ProjectionBlock(filters, 3, { strides: 2, ...plain }),
      new IdentityBlock(filters, 3, plain),
      new IdentityBlock(filters, 3, plain),
    ])
    this.classifier = layers.dense({ units: classes })
  }

  override call(images: Tensor): Tensor {
    let x = this.relu.apply(this.norm.apply(this.conv.apply(images)))
    for (const block of this.blocks) x = block.apply(x)
    return this.classifier.apply(this.pool.apply(x))
  }
}

/** ResNet-20 with momentum. */
export const resnet20: Declaration = declareWork({
  name: 'resnet20',
  description: 'ResNet-20 of 16 to 64 channels, pictures of 32 x 32 x 3, SGD with momentum',
  samples: 'images',
  batch: 128,
  sizes: { width: 16, size: 32, classes: 10 },
  // Not 4: see resnet18-64.
  tiny: { width: 8, size: 8 },
  fromLogits: true,
  optimizer: { name: 'sgd', learningRate: 0.05, momentum: 0.9 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ width, classes }) => new ResNet20(width, classes),
  data: pictures,
})
