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
import type * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { dropoutOption } from '../parts/dropout.ts'
import { type ActivationName, activationNames } from '../parts/factories.ts'
import {
  classifierOf,
  classifierShape,
  type EndArgs,
  OUTPUTS,
  type Output,
} from '../parts/output.ts'

/** Arguments of an {@link Mlp} beyond its number of outputs. */
export interface MlpArgs extends ModelArgs, EndArgs {
  /** Widths of the hidden layers; two of 512 by default. */
  readonly hidden?: readonly number[] | undefined
  /** Of the hidden layers; ReLU by default. */
  readonly activation?: ActivationName | undefined
  /** Part of each hidden layer that is left out in training; 0 by default. */
  readonly dropout?: number | undefined
  /** `logits` by default. */
  readonly output?: Output | undefined
}

/**
 * A multilayer perceptron: dense layers on whatever a sample consists of, `[batch, ...]` to `[batch, outputs]`. For a
 * regression, `outputs` is the number of targets and the output the logits.
 *
 * @example const mlp = new Mlp(10, { hidden: [128], dropout: 0.2 })
 */
export class Mlp extends Model {
  readonly flatten: Layer = layers.flatten()
  readonly hidden: readonly Layer[]
  readonly dropout: Layer | undefined
  readonly classifier: Layer
  readonly #targetScale: TargetScale | undefined

  constructor(outputs: number, args: MlpArgs = {}) {
    super(args)
    const { hidden = [512, 512], activation = 'relu', dropout = 0, output = 'logits' } = args
    this.hidden = hidden.map((units) => layers.dense({ units, activation }))
    this.dropout = dropout === 0 ? undefined : layers.dropout({ rate: dropout })
    this.classifier = classifierOf(outputs, output)
    this.#targetScale = args.targetScale
  }

  override call(x: tf.Tensor): tf.Tensor {
    // tfjs's layer takes nothing that is flat already.
    let y = x.rank > 2 ? this.flatten.apply(x) : x
    for (const layer of this.hidden) {
      y = layer.apply(y)
      if (this.dropout !== undefined) y = this.dropout.apply(y)
    }
    return scaledToTargets(this.classifier.apply(y), this.#targetScale)
  }
}

const options = z.strictObject({
  ...classifierShape('logits'),
  hidden: z.array(z.int().positive()).default([512, 512]).describe('Widths of the hidden layers.'),
  activation: z.enum(activationNames).default('relu').describe('Of the hidden layers.'),
  dropout: dropoutOption('Part of each hidden layer that is left out in training.'),
})

/** `mlp` as a plugin. */
export const mlp: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'mlp',
  description: 'Multilayer perceptron; gives logits.',
  options,
  create: ({ numClasses = OUTPUTS, ...args }) => new Mlp(numClasses, args),
})
