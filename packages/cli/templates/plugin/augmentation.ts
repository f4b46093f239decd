import { type Augmentation, definePlugin, type Plugin } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** How much brighter or darker a sample may become, as a part. */
  readonly most: number
}

/** Makes each sample brighter or darker by a random factor. */
export function createSamplePlugin({ most }: SamplePluginOptions): Augmentation {
  return {
    name: 'sample-plugin',
    // Random numbers that each sample needs, from 0 to 1.
    draws: 1,
    apply(batch, [draw]) {
      const { inputs } = batch
      const factors = tf.add(tf.mul(draw!, 2 * most), 1 - most)
      const shape = [inputs.shape[0]!, ...inputs.shape.slice(1).map(() => 1)]
      return { ...batch, inputs: tf.mul(inputs, tf.reshape(factors, shape)) }
    },
  }
}

/** The augmentation under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'augmentation'> = definePlugin({
  kind: 'augmentation',
  name: 'sample-plugin',
  description: 'Makes each sample brighter or darker.',
  options: z.strictObject({
    most: z.number().min(0).max(1).default(0.2).describe('How much, as a part.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
