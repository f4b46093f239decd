import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { type CrossEntropyOptions, crossEntropyOptions, EPSILON } from './cross-entropy.ts'
import type { Loss } from './loss.ts'
import { meanOfSample, targetsOf } from './targets.ts'

/**
 * Cross-entropy of yes-or-no outputs: labels 0 or 1 of the shape of the output, or `[batch]` for an output `[batch, 1]`.
 *
 * From logits it is computed as `max(x, 0) - x*y + log(1 + exp(-|x|))`; probabilities are kept 1e-7 from 0 and 1, as in Keras.
 * Smoothing moves labels towards one half.
 *
 * @example model.compile({ optimizer: 'adam', loss: binaryCrossentropy({ fromLogits: true }), metrics: ['accuracy'] })
 */
export function binaryCrossentropy(options: CrossEntropyOptions = {}): Loss {
  checkOptions(binaryCrossentropyPlugin, options)
  const { labelSmoothing = 0 } = options
  const name = 'binary-crossentropy'
  return {
    name,
    labels: 'yes-or-no',
    fromLogits: options.fromLogits,
    output: 'probabilities',
    perSample(outcome) {
      const { predictions } = outcome
      const fromLogits = options.fromLogits ?? outcome.reading?.fromLogits
      const given = targetsOf(outcome, name)
      const target =
        labelSmoothing === 0
          ? given
          : tf.add(tf.mul(given, 1 - labelSmoothing), 0.5 * labelSmoothing)
      if (fromLogits) {
        const rest = tf.log1p(tf.exp(tf.neg(tf.abs(predictions))))
        return meanOfSample(tf.add(tf.sub(tf.relu(predictions), tf.mul(predictions, target)), rest))
      }
      const kept = tf.minimum(tf.maximum(predictions, EPSILON), 1 - EPSILON)
      const yes = tf.mul(target, tf.log(kept))
      const no = tf.mul(tf.sub(1, target), tf.log(tf.sub(1, kept)))
      return meanOfSample(tf.neg(tf.add(yes, no)))
    },
  }
}

/** `binary-crossentropy` as a plugin. */
export const binaryCrossentropyPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'binary-crossentropy',
  aliases: ['bce'],
  description: 'Cross-entropy for labels that are 0 or 1.',
  options: crossEntropyOptions,
  create: (given) => binaryCrossentropy(given),
})
