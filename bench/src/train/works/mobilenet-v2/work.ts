import { InvertedResidualBlock } from '@ashlar/blocks'
import { type Layer, layers, Model } from '@ashlar/core'
import type { Tensor } from '@tensorflow/tfjs'
import { pictures } from '../../data/pictures.ts'
import { type Declaration, declareWork } from '../../declaration.ts'

/** Expansion, width, repeats and strides of each stage: Sandler et al. 2018, table 2, with fewer strides for small pictures. */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 1],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const

const relu6 = () => layers.reLU({ maxValue: 6 })

class SmallMobileNetV2 extends Model {
  readonly conv: Layer
  readonly norm: Layer = layers.batchNormalization()
  readonly relu6: Layer = relu6()
  readonly blocks: readonly Model[]
  readonly neck: Layer
  readonly neckNorm: Layer = layers.batchNormalization()
  readonly pool: Layer = layers.globalAveragePooling2d()
  readonly classifier: Layer

  /** @param scale multiplies the published widths. */
  constructor(scale: number, classes: number) {
    super()
    const plain = { useBias: false }
    let inputs = 32 * scale
    this.conv = layers.conv2d({ filters: inputs, kernelSize: 3, padding: 'same', ...plain })
    this.blocks = STAGES.flatMap(([expansion, width, repeats, strides]) =>
      Array.from({ length: repeats }, (_, index) => {
        const filters = width * scale
        const args = { expansion, strides: index === 0 ? strides : 1, activation: relu6 }
        const block = new InvertedResidualBlock(inputs, filters, args)
        inputs = filters
        return block
      }),
    )
    this.neck = layers.conv2d({ filters: 1280 * scale, kernelSize: 1, ...plain })
    this.classifier = layers.dense({ units: classes })
  }

  override call(images: Tensor): Tensor {
    let x = this.relu6.apply(this.norm.apply(this.conv.apply(images)))
    for (const block of this.blocks) x = block.apply(x)
    x = this.relu6.apply(this.neckNorm.apply(this.neck.apply(x)))
    return this.classifier.apply(this.pool.apply(x))
  }
}

/** MobileNetV2 for small pictures. */
export const mobilenetV2: Declaration = declareWork({
  name: 'mobilenet-v2',
  description: 'MobileNetV2 with reLU({ maxValue: 6 }), pictures of 32 x 32 x 3',
  samples: 'images',
  batch: 32,
  sizes: { scale: 1, size: 32, classes: 10 },
  // Smaller ones have channels that are all zero, whose gradients hang on rounding.
  tiny: { scale: 0.25 },
  fromLogits: true,
  optimizer: { name: 'adam', learningRate: 1e-3 },
  channelsLast: true,
  url: import.meta.url,
  network: ({ scale, classes }) => new SmallMobileNetV2(scale, classes),
  data: pictures,
})
