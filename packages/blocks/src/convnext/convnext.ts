import {
  definePlugin,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
  scaledToTargets,
  type TargetScale,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'
import { Scale } from './scale.ts'

const norm = () => layers.layerNormalization({ epsilon: 1e-6 })

/** A ConvNeXt block (Liu et al. 2022, figure 4): `[batch, h, w, width]` to the same. */
export class ConvNextBlock extends Model {
  readonly depthwise: Layer
  readonly norm: Layer = norm()
  readonly up: Layer
  readonly down: Layer
  readonly scale: Scale = new Scale(0.1)

  constructor(width: number, kernelSize = 7) {
    super()
    this.depthwise = layers.depthwiseConv2d({ kernelSize, padding: 'same' })
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

/** Arguments of a {@link ConvNext}. */
export interface ConvNextArgs extends ModelArgs, EndArgs {
  /** Channels of the first stage; each of the two that follow has twice as many. */
  readonly width: number
  /** Blocks of a stage. */
  readonly repeats: number
  readonly classes: number
}

/** A small ConvNeXt of three stages: `[batch, h, w, channels]` to logits. */
export class ConvNext extends Model {
  readonly stem: Layer
  readonly stemNorm: Layer = norm()
  readonly blocks: readonly Model[]
  readonly pool: Layer = layers.globalAveragePooling2d()
  readonly norm: Layer = norm()
  readonly head: Layer
  readonly #targetScale: TargetScale | undefined

  constructor({ width, repeats, classes, ...args }: ConvNextArgs) {
    super(args)
    this.stem = layers.conv2d({ filters: width, kernelSize: 2, strides: 2 })
    this.blocks = [width, 2 * width, 4 * width].flatMap((filters, stage) => [
      ...(stage === 0 ? [] : [new Downsample(filters)]),
      ...Array.from({ length: repeats }, () => new ConvNextBlock(filters)),
    ])
    this.head = layers.dense({ units: classes })
    this.#targetScale = args.targetScale
  }

  override call(images: tf.Tensor): tf.Tensor {
    let x = this.stemNorm.apply(this.stem.apply(images))
    for (const block of this.blocks) x = block.apply(x)
    return scaledToTargets(this.head.apply(this.norm.apply(this.pool.apply(x))), this.#targetScale)
  }
}

/** `convnext-block` as a plugin. */
export const convnextBlock: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'convnext-block',
  description: 'A ConvNeXt block: a wide depthwise convolution, a norm and two dense layers.',
  options: z.strictObject({
    filters: z.int().positive().describe('Channels in and out.'),
    kernelSize: z.int().positive().default(7).describe('Of the depthwise convolution.'),
  }),
  create: ({ filters, kernelSize }) => new ConvNextBlock(filters, kernelSize),
})

/** `convnext` as a plugin. */
export const convnext: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'convnext',
  description: 'A small ConvNeXt; gives logits.',
  options: z.strictObject({
    width: z.int().positive().default(48).describe('Channels of the first of three stages.'),
    repeats: z.int().positive().default(2).describe('Blocks of a stage.'),
    ...endShape(),
  }),
  create: ({ numClasses: classes = OUTPUTS, ...args }) => new ConvNext({ ...args, classes }),
})
