import { defineKind, type Kind } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'
import type { Schedule } from '../schedules/schedule.ts'
import type { Gradients } from './clipping.ts'

/** A weight in one optimizer step. */
export interface Parameter {
  /** Readable weight name: `block1.conv1.kernel`. */
  readonly name: string
  readonly value: Tensor
  /** Derivative of the loss by the weight, of the same shape. */
  readonly gradient: Tensor
  /** The optimizer's own memory of this weight, by slot name. */
  readonly slots: Readonly<Record<string, Tensor>>
  /** Whether a step picks some of its rows: the table of an embedding. */
  readonly isTable?: boolean | undefined
}

/** What an optimizer step makes of a weight. */
export interface Update {
  readonly value: Tensor
  /** Every slot, anew. */
  readonly slots: Readonly<Record<string, Tensor>>
}

/** Numbers that all weights of a step share, as scalars, so that a captured step can be run with others. */
export interface StepScalars {
  /** float32. */
  readonly learningRate: Tensor
  /** float32, 1 in the first step. */
  readonly time: Tensor
}

/**
 * An optimizer: a pure function from weight, gradient and slots to the next weight and slots, in tfjs operations.
 *
 * It holds no state. Slots are variables of the training program, zero at the start, one per weight and slot name.
 */
export interface Optimizer {
  readonly name: string
  readonly learningRate: Schedule
  readonly slots: readonly string[]
  /** Bounds the gradients of a step before it is made; undefined where nothing is bounded. */
  readonly clip?: ((gradients: Gradients) => Gradients) | undefined
  /** Momentum of the moving average of weights that training keeps; undefined where it keeps none. */
  readonly average?: number | undefined
  /** Called once per step; the result is called once per weight. Keep it elementwise: that is fast in every engine. */
  step(scalars: StepScalars): (parameter: Parameter) => Update
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    optimizer: Optimizer
  }
}

/** Rules by which gradients change weights. */
export const optimizerKind: Kind<'optimizer'> = defineKind('optimizer')
