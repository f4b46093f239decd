import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import { createLearningRate } from '../schedules/option.ts'
import { type AdamOptions, adam, adamOptions } from './adam.ts'
import type { Optimizer } from './optimizer.ts'

/** Options of {@link adamw}. */
export interface AdamwOptions extends AdamOptions {
  /** Part of each weight that a step of learning rate 1 would take away, 0.004 by default. */
  readonly weightDecay?: number | undefined
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): before Adam's step, `w -= rate * weightDecay * w`. As in
 * Keras, every trainable weight decays.
 *
 * @example model.compile({ optimizer: adamw({ weightDecay: 1e-4 }), loss })
 */
export function adamw(options: AdamwOptions = {}): Optimizer {
  const { weightDecay = 0.004, ...rest } = options
  const inner = adam(rest)
  return {
    ...inner,
    name: 'adamw',
    step(scalars) {
      const update = inner.step(scalars)
      const keep = tf.sub(1, tf.mul(scalars.learningRate, weightDecay))
      return (parameter) => update({ ...parameter, value: tf.mul(parameter.value, keep) })
    },
  }
}

const options = adamOptions.extend({
  weightDecay: z.number().nonnegative().default(0.004).describe('Decay of weights at rate 1.'),
})

/** `adamw` as a plugin. */
export const adamwPlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'adamw',
  description: 'Adam with decoupled weight decay.',
  options,
  create: ({ learningRate, ...rest }, context) =>
    adamw({ ...rest, learningRate: createLearningRate(learningRate, context) }),
})
