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
import { type Gives, givesOption } from '../parts/gives.ts'
import { type EndArgs, endShape, OUTPUTS } from '../parts/output.ts'

/** Arguments of a {@link GruNetwork}. */
export interface GruArgs extends ModelArgs, EndArgs {
  /** Numbers that each layer remembers. */
  readonly units: number
  /** One above the other. */
  readonly blocks: number
  readonly dropout?: number | undefined
  /** Numbers that are given for the step after the last, or for each step. */
  readonly outputs: number
  /** Whether the last step gets an answer (default), or each step one of its own. */
  readonly gives?: Gives | undefined
}

/** Gated recurrent units (Cho et al. 2014), one layer above the other: a series `[batch, steps, channels]` to what is remembered at its end, `[batch, outputs]`, or after each step, `[batch, steps, outputs]`. */
export class GruNetwork extends Model {
  readonly memories: readonly Layer[]
  readonly dropouts: readonly Layer[]
  readonly head: Layer
  readonly #targetScale: TargetScale | undefined

  constructor({ units, blocks, dropout = 0, outputs, gives = 'last', ...args }: GruArgs) {
    super(args)
    this.memories = Array.from({ length: blocks }, (_, at) =>
      layers.gru({ units, returnSequences: gives === 'steps' || at + 1 < blocks }),
    )
    this.dropouts = this.memories.map(() => layers.dropout({ rate: dropout }))
    this.head = layers.dense({ units: outputs })
    this.#targetScale = args.targetScale
  }

  override call(series: tf.Tensor): tf.Tensor {
    let x = series
    for (const [at, memory] of this.memories.entries()) {
      x = this.dropouts[at]!.apply(memory.apply(x))
    }
    return scaledToTargets(this.head.apply(x), this.#targetScale)
  }
}

/** `gru` as a plugin. */
export const gru: Plugin<'model'> = definePlugin({
  kind: 'model',
  name: 'gru',
  description:
    'Gated recurrent units: what is remembered at the end of a series, or after each step.',
  options: z.strictObject({
    units: z.int().positive().default(32).describe('Numbers that each layer remembers.'),
    blocks: z.int().positive().default(1).describe('Layers, one above the other.'),
    dropout: dropoutOption('Part of what a layer gives that is left out in training.'),
    ...endShape(),
    gives: givesOption(),
  }),
  create: ({ numClasses: outputs = OUTPUTS, ...args }) => new GruNetwork({ ...args, outputs }),
})
