import type { Tensor } from '@tensorflow/tfjs'
import { layers, Model } from '../../src/index.ts'

/** The identity block of the lesson. */
export class IdentityBlock extends Model {
  readonly conv1
  readonly norm1 = layers.batchNormalization()
  readonly conv2
  readonly norm2 = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly add = layers.add()

  constructor(filters: number, kernelSize: number) {
    super()
    this.conv1 = layers.conv2d({ filters, kernelSize, padding: 'same' })
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same' })
  }

  override call(inputs: Tensor): Tensor {
    let x = this.conv1.apply(inputs)
    x = this.norm1.apply(x)
    x = this.relu.apply(x)
    x = this.conv2.apply(x)
    x = this.norm2.apply(x)
    x = this.add.apply([x, inputs])
    return this.relu.apply(x)
  }
}

/** The network of the lesson. */
export class MiniResNet extends Model {
  readonly stem = layers.conv2d({ filters: 64, kernelSize: 7, padding: 'same' })
  readonly norm = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly maxPool = layers.maxPooling2d({ poolSize: 3 })
  readonly blocks = [new IdentityBlock(64, 3), new IdentityBlock(64, 3)]
  readonly pool = layers.globalAveragePooling2d()
  readonly head

  constructor(classes: number) {
    super()
    this.head = layers.dense({ units: classes, activation: 'softmax' })
  }

  override call(inputs: Tensor): Tensor {
    let x = this.stem.apply(inputs)
    x = this.norm.apply(x)
    x = this.relu.apply(x)
    x = this.maxPool.apply(x)
    for (const block of this.blocks) x = block.apply(x)
    x = this.pool.apply(x)
    return this.head.apply(x)
  }
}

/** The identity block for a change of width or stride: a 1x1 convolution on the shortcut. */
export class ProjectionBlock extends Model {
  readonly conv1
  readonly norm1 = layers.batchNormalization()
  readonly conv2
  readonly norm2 = layers.batchNormalization()
  readonly shortcut
  readonly shortcutNorm = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly add = layers.add()

  constructor(filters: number, kernelSize: number, strides: number) {
    super()
    this.conv1 = layers.conv2d({ filters, kernelSize, strides, padding: 'same' })
    this.conv2 = layers.conv2d({ filters, kernelSize, padding: 'same' })
    this.shortcut = layers.conv2d({ filters, kernelSize: 1, strides })
  }

  override call(inputs: Tensor): Tensor {
    let x = this.relu.apply(this.norm1.apply(this.conv1.apply(inputs)))
    x = this.norm2.apply(this.conv2.apply(x))
    const shortcut = this.shortcutNorm.apply(this.shortcut.apply(inputs))
    return this.relu.apply(this.add.apply([x, shortcut]))
  }
}

/** ResNet-18, with logits at its end. */
export class ResNet18 extends Model {
  readonly stem = layers.conv2d({ filters: 64, kernelSize: 7, strides: 2, padding: 'same' })
  readonly norm = layers.batchNormalization()
  readonly relu = layers.activation({ activation: 'relu' })
  readonly maxPool = layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' })
  readonly blocks = [
    new IdentityBlock(64, 3),
    new IdentityBlock(64, 3),
    ...[128, 256, 512].flatMap((filters) => [
      new ProjectionBlock(filters, 3, 2),
      new IdentityBlock(filters, 3),
    ]),
  ]
  readonly pool = layers.globalAveragePooling2d()
  readonly head

  constructor(classes: number) {
    super()
    this.head = layers.dense({ units: classes })
  }

  override call(inputs: Tensor): Tensor {
    let x = this.maxPool.apply(this.relu.apply(this.norm.apply(this.stem.apply(inputs))))
    for (const block of this.blocks) x = block.apply(x)
    return this.head.apply(this.pool.apply(x))
  }
}
