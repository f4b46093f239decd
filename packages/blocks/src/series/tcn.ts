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
import { dropoutOption } from '../parts/dropout.ts'
import { type Gives, givesOption } from '../parts/gives.ts'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'

/** Two causal convolutions that look `dilation` steps back, added to what came in (Bai, Kolter and Koltun 2018): `[batch, steps, channels]` to `[batch, steps, filters]`. */
export class TcnBlock extends Model {
  readonly conv1: Layer
  readonly norm1: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly conv2: Layer
  readonly norm2: Layer = layers.layerNormalization({ epsilon: 1e-5 })
  readonly shortcut: Layer
  readonly relu: Layer = layers.reLU()
  readonly dropout: Layer
  readonly filters: number

  constructor(filters: number, dilation: number, kernelSize = 3, dropout = 0) {
    super()
    this.filters = filters
    const conv = { filters, kernelSize, padding: 'causal', dilationRate: dilation } as const
    this.conv1 = layers.conv1d(conv)
    this.conv2 = layers.conv1d(conv)
    this.shortcut = layers.conv1d({ filters, kernelSize: 1 })
    this.dropout = layers.dropout({ rate: dropout })
  }

  override call(x: tf.Tensor): tf.Tensor {
    const y = this.dropout.apply(this.relu.apply(this.norm1.apply(this.conv1.apply(x))))
    const z = this.dropout.apply(this.relu.apply(this.norm2.apply(this.conv2.apply(y))))
    return this.relu.apply(tf.add(z, this.shortcut.apply(x)))
  }
}

/** Arguments of a {@link Tcn}. */
export interface TcnArgs extends ModelArgs, EndArgs {
  readonly filters: number
  /** Each looks twice as far back as the one before. */
  readonly blocks: number
  readonly kernelSize?: number | undefined
  readonly dropout?: number | undefined
  /** Numbers that are given for the step after the last, or for each step. */
  readonly outputs: number
  /** Whether the last step gets an answer (default), or each step one of its own. */
  readonly gives?: Gives | undefined
}

/** A temporal convolutional network: a series `[batch, steps, channels]` to what its last step says, `[batch, outputs]`, or each, `[batch, steps, outputs]`. */
export class Tcn extends Model {
  readonly blocks: readonly TcnBlock[]
  readonly head: Layer
  readonly #targetScale: TargetScale | undefined
  readonly filters: number
  readonly gives: Gives

  constructor(args: TcnArgs) {
    const { filters, blocks, kernelSize, dropout, outputs, gives = 'last', ...rest } = args
    super(rest)
    this.filters = filters
    this.gives = gives
    this.blocks = Array.from(
      { length: blocks },
      (_, level) => new TcnBlock(filters, 2 ** level, kernelSize, dropout),
    )
    this.head = layers.dense({ units: outputs })
    this.#targetScale = args.targetScale
  }

  override call(series: tf.Tensor): tf.Tensor {
    let x = series
    for (const block of this.blocks) x = block.apply(x)
    if (this.gives === 'steps') return scaledToTargets(this.head.apply(x), this.#targetScale)
    const last = tf.slice(x, [0, x.shape[1]! - 1, 0], [-1, 1, this.filters])
    return scaledToTargets(this.head.apply(tf.reshape(last, [-1, this.filters])), this.#targetScale)
  }
}

/** `tcn-block` as a plugin. */
export const tcnBlock: Plugin<'block'> = definePlugin({
  kind: 'block',
  name: 'tcn-block',
  description: 'Two causal dilated convolutions with a shortcut.',
  options: z.strictObject({
    filters: z.int().positive().describe('Channels of the output.'),
    dilation: z.int().positive().default(1).describe('Steps between what a kernel looks at.'),
    kernelSize: z.int().positive().default(3).describe('Of the convolutions.'),
  }),
  create: ({ filters, dilation, kernelSize }) => new TcnBlock(filters, dilation, kernelSize),
})

/** `tcn` as a plugin. */
export const tcn: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'tcn',
  description: 'Temporal convolutional network: what the last step of a series says, or each.',
  options: z.strictObject({
    filters: z.int().positive().default(32).describe('Channels.'),
    blocks: z.int().positive().default(4).describe('Each looks twice as far back.'),
    kernelSize: z.int().positive().default(3).describe('Of the convolutions.'),
    dropout: dropoutOption(),
    ...endShape(),
    gives: givesOption(),
  }),
  create: ({ numClasses: outputs = OUTPUTS, ...args }) => new Tcn({ ...args, outputs }),
})
