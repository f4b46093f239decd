import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { toSchedule } from '../schedules/constant.ts'
import type { LearningRate } from '../schedules/schedule.ts'
import { type ClippingOptions, clipping } from './clipping.ts'
import type { Optimizer, Parameter } from './optimizer.ts'

/** Options of every optimizer. */
export interface OptimizerOptions extends ClippingOptions {
  readonly learningRate?: LearningRate | undefined
  /** Part of each weight that a step of learning rate 1 takes away beforehand (Loshchilov and Hutter 2019); 0 by default. */
  readonly weightDecay?: number | undefined
  /**
   * Which weights decay: `matrices` (default) are kernels and embeddings, so that biases and the scales and offsets of norms
   * stay; `all` is what Keras does unless told.
   */
  readonly decayed?: 'matrices' | 'all' | undefined
  /**
   * Momentum of a moving average of the weights, such as 0.999. Validation and what is left after training use the average. Off
   * by default.
   */
  readonly average?: number | undefined
  /**
   * Whether rows of an embedding whose derivative is zero stay as they are, slots and all, as PyTorch's SparseAdam and LazyAdam of TensorFlow Addons have it: a step then costs what the rows cost
   * that it has picked, however large the table. False by default: means of gradients decay, and move a row, in steps that do not pick it too, as Keras and PyTorch have it unless told. Plain gradient descent is the same either way.
   */
  readonly lazy?: boolean | undefined
}

/** What an optimizer is without the options that all share. */
export type UpdateRule = Pick<Optimizer, 'name' | 'slots' | 'step'>

/**
 * An optimizer out of its update rule and the options that all share.
 *
 * @param learningRate where the options give none.
 */
export function optimizerOf(
  rule: UpdateRule,
  options: OptimizerOptions,
  learningRate: number,
): Optimizer {
  const { weightDecay = 0, decayed = 'matrices', average, lazy = false } = options
  const decays = ({ value }: Parameter) => decayed === 'all' || value.rank > 1
  return {
    ...rule,
    learningRate: toSchedule(options.learningRate ?? learningRate),
    clip: clipping(options),
    average,
    step(scalars) {
      const update = lazy ? lazily(rule.step(scalars)) : rule.step(scalars)
      if (weightDecay === 0) return update
      const keep = tf.sub(1, tf.mul(scalars.learningRate, weightDecay))
      return (parameter) =>
        update(
          decays(parameter) ? { ...parameter, value: tf.mul(parameter.value, keep) } : parameter,
        )
    },
  }
}

/** The same, but for rows of tables that the loss does not depend on. */
function lazily(update: ReturnType<Optimizer['step']>): ReturnType<Optimizer['step']> {
  return (parameter) => {
    const next = update(parameter)
    if (parameter.isTable !== true) return next
    const { value, gradient, slots } = parameter
    const used = tf.any(tf.notEqual(gradient, 0), -1, true)
    return {
      value: tf.where(used, next.value, value),
      slots: Object.fromEntries(
        Object.entries(next.slots).map(([name, slot]) => [
          name,
          tf.where(used, slot, slots[name]!),
        ]),
      ),
    }
  }
}

/** The options that every optimizer has in an experiment, but for the learning rate, whose default is its own. */
export const optimizerShape: {
  readonly weightDecay: z.ZodDefault<z.ZodNumber>
  readonly decayed: z.ZodDefault<z.ZodEnum<{ matrices: 'matrices'; all: 'all' }>>
  readonly clipNorm: z.ZodOptional<z.ZodNumber>
  readonly globalClipNorm: z.ZodOptional<z.ZodNumber>
  readonly clipValue: z.ZodOptional<z.ZodNumber>
  readonly average: z.ZodOptional<z.ZodNumber>
  readonly lazy: z.ZodDefault<z.ZodBoolean>
} = {
  weightDecay: z.number().nonnegative().default(0).describe('Decay of weights at rate 1.'),
  decayed: z
    .enum(['matrices', 'all'])
    .default('matrices')
    .describe('Which weights decay: `matrices` leaves biases and norms alone.'),
  clipNorm: z.number().positive().optional().describe("Largest norm of each weight's gradient."),
  globalClipNorm: z
    .number()
    .positive()
    .optional()
    .describe('Largest norm of all gradients taken together.'),
  clipValue: z
    .number()
    .positive()
    .optional()
    .describe('Largest magnitude of each number in a gradient.'),
  average: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('Momentum of a moving average of the weights that is validated and kept.'),
  lazy: z
    .boolean()
    .default(false)
    .describe('Rows of embeddings that a batch does not use stay as they are, slots and all.'),
}
