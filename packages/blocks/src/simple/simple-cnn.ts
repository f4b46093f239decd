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
import type { Tensor } from '@tensorflow/tfjs'
import { z } from 'zod'
import {
  classifierOf,
  classifierShape,
  type EndArgs,
  OUTPUTS,
  type Output,
} from '../parts/output.ts'

/** Arguments of a {@link SimpleCnn} beyond its number of classes. */
export interface SimpleCnnArgs extends ModelArgs, EndArgs {
  /** Widths of the convolutions; 32 and 64 by default. */
  readonly filters?: readonly number[] | undefined
  /** Side of their square kernels; 3 by default. */
  readonly kernelSize?: number | undefined
  /** Part of the features that is left out in training; 0.5 by default. */
  readonly dropout?: number | undefined
  /** `logits` by default. */
  readonly output?: Output | undefined
}

/**
 * The small network of tutorials: convolutions with ReLU, each followed by a 2x2 max pool, then dropout and a dense layer.
 * `[batch, h, w, channels]` to `[batch, numClasses]`; 34,826 parameters for 28x28x1 images of 10 classes, as in Keras's
 * example of a convnet on MNIST.
 *
 * @example const cnn = new SimpleCnn(10)
 */
export class SimpleCnn extends Model {
  readonly convs: readonly Layer[]
  readonly pool: Layer = layers.maxPooling2d({ poolSize: 2 })
  readonly flatten: Layer = layers.flatten()
  readonly dropout: Layer | undefined
  readonly classifier: Layer
  readonly #targetScale: TargetScale | undefined

  constructor(numClasses: number, args: SimpleCnnArgs = {}) {
    super(args)
    const { filters = [32, 64], kernelSize = 3, dropout = 0.5, output = 'logits' } = args
    this.convs = filters.map((width) =>
      layers.conv2d({ filters: width, kernelSize, activation: 'relu' }),
    )
    this.dropout = dropout === 0 ? undefined : layers.dropout({ rate: dropout })
    this.classifier = classifierOf(numClasses, output)
    this.#targetScale = args.targetScale
  }

  override call(images: Tensor): Tensor {
    let x = images
    for (const conv of this.convs) x = this.pool.apply(conv.apply(x))
    x = this.flatten.apply(x)
    if (this.dropout !== undefined) x = this.dropout.apply(x)
    return scaledToTargets(this.classifier.apply(x), this.#targetScale)
  }
}

const options = z.strictObject({
  ...classifierShape('logits'),
  filters: z
    .array(z.int().positive())
    .min(1)
    .default([32, 64])
    .describe('Widths of the convolutions; each is followed by a 2x2 max pool.'),
  kernelSize: z.int().positive().default(3).describe('Side of their square kernels.'),
  dropout: z
    .number()
    .min(0)
    .lt(1)
    .default(0.5)
    .describe('Part of the features that is left out in training.'),
})

/** `simple-cnn` as a plugin. */
export const simpleCnn: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'simple-cnn',
  description: 'Convolutions with max pools, then a dense layer; gives logits.',
  options,
  create: ({ numClasses = OUTPUTS, ...args }) => new SimpleCnn(numClasses, args),
})
