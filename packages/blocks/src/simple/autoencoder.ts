import {
  definePlugin,
  fromData,
  type Layer,
  layers,
  Model,
  type ModelArgs,
  type Plugin,
} from '@ashlar/core'
import type * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** Arguments of an {@link Autoencoder}. */
export interface AutoencoderArgs extends ModelArgs {
  /** Numbers that a sample is told by. */
  readonly code: number
  readonly hidden: number
  /** Numbers of a sample. */
  readonly outputs: number
}

/** A sample through a narrow place and back (Hinton and Salakhutdinov 2006): `[batch, ...]` to `[batch, outputs]`, each between 0 and 1. */
export class Autoencoder extends Model {
  readonly flatten: Layer = layers.flatten()
  readonly encode: Layer
  readonly code: Layer
  readonly decode: Layer
  readonly restore: Layer

  constructor({ code, hidden, outputs, ...args }: AutoencoderArgs) {
    super(args)
    this.encode = layers.dense({ units: hidden, activation: 'relu' })
    this.code = layers.dense({ units: code })
    this.decode = layers.dense({ units: hidden, activation: 'relu' })
    this.restore = layers.dense({ units: outputs, activation: 'sigmoid' })
  }

  override call(x: tf.Tensor): tf.Tensor {
    const flat = x.rank > 2 ? this.flatten.apply(x) : x
    const code = this.code.apply(this.encode.apply(flat))
    return this.restore.apply(this.decode.apply(code))
  }
}

/** `autoencoder` as a plugin. */
export const autoencoder: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'autoencoder',
  description: 'Through a narrow place and back: what a sample is made of.',
  options: z.strictObject({
    code: z.int().positive().default(16).describe('Numbers that a sample is told by.'),
    hidden: z.int().positive().default(128).describe('Width of the layers around.'),
    outputs: fromData(z.int().positive(), 'outputs').describe('Numbers of a sample.'),
  }),
  create: ({ outputs = 10, ...args }) => new Autoencoder({ ...args, outputs }),
})
