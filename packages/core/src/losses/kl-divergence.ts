import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { crossEntropyOptions, EPSILON } from './cross-entropy.ts'
import type { Loss } from './loss.ts'
import { meanOfRows, targetsOf } from './targets.ts'

/** Options of {@link klDivergence}. */
export interface KlDivergenceOptions {
  /** Whether the model's output is logits; left out, it follows from the model. */
  readonly fromLogits?: boolean | undefined
}

/**
 * How far the model's shares of classes are from those of the labels (Kullback and Leibler 1951): the sum over classes of `y * log(y / p)`. Labels are shares
 * of the shape of the output; both are kept at 1e-7 at least and 1 at most, as in Keras.
 */
export function klDivergence(options: KlDivergenceOptions = {}): Loss {
  checkOptions(klDivergencePlugin, options)
  const name = 'kl-divergence'
  return {
    name,
    labels: 'shares',
    fromLogits: options.fromLogits,
    output: 'probabilities',
    perSample(outcome) {
      const { predictions, logits, reading } = outcome
      const fromLogits = options.fromLogits ?? reading?.fromLogits
      const inside = (x: tf.Tensor) => tf.minimum(tf.maximum(x, EPSILON), 1)
      const target = inside(targetsOf(outcome, name))
      const behind = fromLogits ? predictions : logits
      const logShares =
        behind === undefined ? tf.log(inside(predictions)) : tf.logSoftmax(behind, -1)
      return meanOfRows(tf.sum(tf.mul(target, tf.sub(tf.log(target), logShares)), -1))
    },
  }
}

/** `kl-divergence` as a plugin. */
export const klDivergencePlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'kl-divergence',
  aliases: ['kullback-leibler-divergence', 'kld'],
  description: 'How far shares of classes are from those of the labels; for distillation.',
  options: z.strictObject({ fromLogits: crossEntropyOptions.shape.fromLogits }),
  create: (given) => klDivergence(given),
})
