import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { createLearningRate, learningRateOption } from '../schedules/option.ts'
import { type OptimizerOptions, optimizerOf, optimizerShape, type UpdateRule } from './common.ts'
import type { Optimizer } from './optimizer.ts'

/** Options of {@link rmsprop}; the learning rate is 0.001 by default. */
export interface RmspropOptions extends OptimizerOptions {
  /** Decay of the mean of squared gradients, 0.9 by default. */
  readonly rho?: number | undefined
  /** Part of the last change that is kept, 0 by default. */
  readonly momentum?: number | undefined
  /** Keeps the division finite, 1e-7 by default. */
  readonly epsilon?: number | undefined
}

/**
 * RMSprop (Tieleman and Hinton 2012) without centering, as Keras computes it: `v = rho * v + (1 - rho) * g²`,
 * `change = rate * g / sqrt(v + epsilon)`, and with momentum `m = momentum * m + change`.
 */
export function rmsprop(options: RmspropOptions = {}): Optimizer {
  checkOptions(rmspropPlugin, options)
  const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = options
  const rule: UpdateRule = {
    name: 'rmsprop',
    slots: momentum === 0 ? ['square'] : ['square', 'momentum'],
    step:
      (scalars) =>
      ({ value, gradient, slots }) => {
        const square = tf.add(tf.mul(slots.square!, rho), tf.mul(tf.square(gradient), 1 - rho))
        const scaled = tf.mul(gradient, scalars.learningRate)
        const change = tf.div(scaled, tf.sqrt(tf.add(square, epsilon)))
        if (momentum === 0) return { value: tf.sub(value, change), slots: { square } }
        const next = tf.add(tf.mul(slots.momentum!, momentum), change)
        return { value: tf.sub(value, next), slots: { square, momentum: next } }
      },
  }
  return optimizerOf(rule, options, 1e-3)
}

const options = z.strictObject({
  learningRate: learningRateOption.default(1e-3).describe('Learning rate: a number or a schedule.'),
  rho: z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of squared gradients.'),
  momentum: z.number().min(0).lt(1).default(0).describe('Part of the last change that is kept.'),
  epsilon: z.number().positive().default(1e-7).describe('Keeps the division finite.'),
  ...optimizerShape,
})

/** `rmsprop` as a plugin. */
export const rmspropPlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'rmsprop',
  description: 'RMSprop, with the defaults of Keras.',
  options,
  create: ({ learningRate, ...rest }, context) =>
    rmsprop({ ...rest, learningRate: createLearningRate(learningRate, context) }),
})
