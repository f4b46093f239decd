import { defineKind, type Kind } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import type { LabelKind, Outcome } from '../losses/loss.ts'

/**
 * A number that describes how well a model does, gathered over batches.
 *
 * A metric holds no state. Its accumulators are variables of the program, zero at the start of an epoch or evaluation; each
 * batch adds to them inside the step, and they are read only when somebody wants to know.
 */
export interface Metric {
  readonly name: string
  /** Which way it gets better: `higher` by default. Callbacks that look for the best ask this. */
  readonly better?: 'higher' | 'lower' | undefined
  /**
   * Shapes of the accumulators (float32) by name; where there is one for each output, a function of the output's shape for one sample: `[classes]`.
   */
  readonly accumulators: AccumulatorShapes | ((outputShape: readonly number[]) => AccumulatorShapes)
  /** `answers`: it counts right ones, which numbers to come near to have not; `distances`: from such numbers, which classes have not. Undefined: anything. */
  readonly counts?: 'answers' | 'distances' | undefined
  /** Whether places of a sample belong together; see `Loss`. */
  readonly whole?: true | undefined
  /** The metric to take in its place, for one that goes by the data. */
  for?(labels: LabelKind): Metric
  /**
   * What a batch adds to each accumulator. Pure tfjs operations. Samples that `outcome.mask` leaves out should not count.
   *
   * @param before what the accumulators hold already, for what has its own place in them; nothing when left out.
   */
  add(
    outcome: Outcome,
    before?: Readonly<Record<string, tf.Tensor>>,
  ): Readonly<Record<string, tf.Tensor>>
  /** The metric's value. */
  result(accumulated: Readonly<Record<string, ArrayLike<number>>>): number
}

/** Shapes of accumulators by name. */
export type AccumulatorShapes = Readonly<Record<string, readonly number[]>>

/**
 * What a metric accumulates for a model.
 *
 * @param outputShape gives the shape of the model's output for one sample; asked only where it matters.
 */
export function accumulatorsOf(
  { accumulators }: Pick<Metric, 'accumulators'>,
  outputShape: () => readonly number[],
): AccumulatorShapes {
  return typeof accumulators === 'function' ? accumulators(outputShape()) : accumulators
}

/** A metric that is the mean of one number per sample; of those that count, where some are masked. */
export function meanMetric(name: string, perSample: (outcome: Outcome) => tf.Tensor): Metric {
  return {
    name,
    accumulators: { sum: [], count: [] },
    add(outcome) {
      const values = tf.cast(perSample(outcome), 'float32')
      const { mask } = outcome
      if (mask !== undefined && mask.size === values.size) {
        const counted = tf.mul(tf.reshape(values, [values.size]), mask)
        return { sum: tf.sum(counted), count: tf.sum(mask) }
      }
      return { sum: tf.sum(values), count: tf.scalar(values.size) }
    },
    result: ({ sum, count }) => sum![0]! / count![0]!,
  }
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    metric: Metric
  }
}

/** What training and evaluation tell besides the loss. */
export const metricKind: Kind<'metric'> = defineKind('metric')
