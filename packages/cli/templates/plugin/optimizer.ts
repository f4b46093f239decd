import {
  createLearningRate,
  definePlugin,
  learningRateOption,
  type Optimizer,
  type OptimizerOptions,
  optimizerOf,
  type Plugin,
} from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions extends OptimizerOptions {
  /** Part of the last direction that is kept. */
  readonly momentum: number
}

/** Goes by the signs of a moving average of the gradients alone. */
export function createSamplePlugin({ momentum, ...options }: SamplePluginOptions): Optimizer {
  return optimizerOf(
    {
      name: 'sample-plugin',
      // The optimizer's memory of each weight, zero at the start.
      slots: ['direction'],
      step:
        ({ learningRate }) =>
        ({ value, gradient, slots }) => {
          const kept = tf.mul(slots.direction!, momentum)
          const direction = tf.add(kept, tf.mul(gradient, 1 - momentum))
          return {
            value: tf.sub(value, tf.mul(tf.sign(direction), learningRate)),
            slots: { direction },
          }
        },
    },
    options,
    0.001,
  )
}

/** The optimizer under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'sample-plugin',
  description: 'Goes by the signs of a moving average of the gradients.',
  options: z.strictObject({
    learningRate: learningRateOption.default(0.001).describe('A number or a schedule.'),
    momentum: z.number().min(0).lt(1).default(0.9).describe('Part of the last direction.'),
  }),
  create: ({ learningRate, ...options }, context) =>
    createSamplePlugin({ ...options, learningRate: createLearningRate(learningRate, context) }),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
