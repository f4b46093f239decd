import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { createLearningRate, learningRateOption } from '../schedules/option.ts'
import { type OptimizerOptions, optimizerOf, optimizerShape, type UpdateRule } from './common.ts'
import type { Optimizer } from './optimizer.ts'

/** Options of {@link adam}; the learning rate is 0.001 by default. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients, 0.9 by default. */
  readonly beta1?: number | undefined
  /** Decay of the mean of squared gradients, 0.999 by default. */
  readonly beta2?: number | undefined
  /** Keeps the division finite, 1e-7 by default. */
  readonly epsilon?: number | undefined
}

/**
 * Adam (Kingma and Ba 2015), as Keras computes it: with `m += (g - m)(1 - beta1)`, `v += (g² - v)(1 - beta2)` and
 * `alpha = rate * sqrt(1 - beta2^t) / (1 - beta1^t)`, `w -= alpha * m / (sqrt(v) + epsilon)`.
 *
 * @example model.compile({ optimizer: adam({ learningRate: cosineDecay({ initial: 2e-3 }) }), loss })
 */
export function adam(options: AdamOptions = {}): Optimizer {
  checkOptions(adamPlugin, options)
  return optimizerOf(adamRule('adam', options), options, 1e-3)
}

/** @param name that of the optimizer whose update it is. */
export function adamRule(name: string, options: AdamOptions): UpdateRule {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = options
  return {
    name,
    slots: ['mean', 'variance'],
    step(scalars) {
      const correction2 = tf.sub(1, tf.pow(tf.scalar(beta2), scalars.time))
      const correction1 = tf.sub(1, tf.pow(tf.scalar(beta1), scalars.time))
      const alpha = tf.div(tf.mul(scalars.learningRate, tf.sqrt(correction2)), correction1)
      return ({ value, gradient, slots }) => {
        const mean = tf.add(slots.mean!, tf.mul(tf.sub(gradient, slots.mean!), 1 - beta1))
        const variance = tf.add(
          slots.variance!,
          tf.mul(tf.sub(tf.square(gradient), slots.variance!), 1 - beta2),
        )
        const change = tf.div(tf.mul(mean, alpha), tf.add(tf.sqrt(variance), epsilon))
        return { value: tf.sub(value, change), slots: { mean, variance } }
      }
    },
  }
}

/** The options that Adam and AdamW share in an experiment. */
export const adamShape: typeof optimizerShape & {
  readonly learningRate: z.ZodDefault<typeof learningRateOption>
  readonly beta1: z.ZodDefault<z.ZodNumber>
  readonly beta2: z.ZodDefault<z.ZodNumber>
  readonly epsilon: z.ZodDefault<z.ZodNumber>
} = {
  learningRate: learningRateOption.default(1e-3).describe('Learning rate: a number or a schedule.'),
  beta1: z.number().min(0).lt(1).default(0.9).describe('Decay of the mean of gradients.'),
  beta2: z.number().min(0).lt(1).default(0.999).describe('Decay of the mean of squared gradients.'),
  epsilon: z.number().positive().default(1e-7).describe('Keeps the division finite.'),
  ...optimizerShape,
}

/** `adam` as a plugin. */
export const adamPlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'adam',
  description: 'Adam, with the defaults of Keras.',
  options: z.strictObject(adamShape),
  create: ({ learningRate, ...rest }, context) =>
    adam({ ...rest, learningRate: createLearningRate(learningRate, context) }),
})
