import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Loss } from './loss.ts'
import { classIndices, meanOfRows, meanOfSample, targetsOf } from './targets.ts'

/**
 * The hinge loss of yes-or-no outputs: `max(1 - y * p, 0)` with labels 0 or 1 taken for -1 and 1 (Keras's Hinge). The output is any number: above 0 says yes.
 */
export function hinge(): Loss {
  const name = 'hinge'
  return {
    name,
    labels: 'yes-or-no',
    // What is above 0 says yes, as with logits.
    fromLogits: true,
    perSample(outcome) {
      const signs = tf.sub(tf.mul(targetsOf(outcome, name), 2), 1)
      return meanOfSample(tf.relu(tf.sub(1, tf.mul(signs, outcome.predictions))))
    },
  }
}

/**
 * The hinge loss of several classes: `max(largest output of another class - that of the own + 1, 0)` (Crammer and Singer 2001; Keras's CategoricalHinge). Labels
 * are class indices or one-hot rows.
 */
export function categoricalHinge(): Loss {
  const name = 'categorical-hinge'
  return {
    name,
    labels: 'indices',
    perSample(outcome) {
      const { predictions } = outcome
      const classes = classIndices(outcome, name)
      const own = tf.oneHot(classes, predictions.shape.at(-1)!, 1, 0, 'float32')
      const positive = tf.sum(tf.mul(own, predictions), -1)
      // The own class counts as 0 among the others, as in Keras.
      const negative = tf.max(tf.mul(tf.sub(1, own), predictions), -1)
      return meanOfRows(tf.relu(tf.add(tf.sub(negative, positive), 1)))
    },
  }
}

/** `hinge` as a plugin. */
export const hingePlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'hinge',
  description: 'Hinge loss of outputs that say yes or no.',
  options: z.strictObject({}),
  create: () => hinge(),
})

/** `categorical-hinge` as a plugin. */
export const categoricalHingePlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'categorical-hinge',
  description: 'Hinge loss of several classes.',
  options: z.strictObject({}),
  create: () => categoricalHinge(),
})
