import { definePlugin, type Metric, meanMetric, type Plugin } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** How far an output may be from its label. */
  readonly tolerance: number
}

/** The part of outputs that come near enough to their labels. */
export function createSamplePlugin({ tolerance }: SamplePluginOptions): Metric {
  return meanMetric('sample-plugin', ({ labels, predictions }) => {
    const target = tf.reshape(tf.cast(labels, 'float32'), predictions.shape)
    const near = tf.lessEqual(tf.abs(tf.sub(predictions, target)), tolerance)
    return tf.mean(tf.reshape(tf.cast(near, 'float32'), [predictions.shape[0]!, -1]), 1)
  })
}

/** The metric under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'sample-plugin',
  description: 'Part of outputs that come near enough to their labels.',
  options: z.strictObject({
    tolerance: z.number().positive().default(0.5).describe('How far an output may be off.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
