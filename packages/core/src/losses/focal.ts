import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { crossEntropyOptions, EPSILON, ownLogProbabilities } from './cross-entropy.ts'
import type { Loss } from './loss.ts'
import { meanOfRows, meanOfSample, targetsOf } from './targets.ts'

/** Options of {@link focal} and {@link binaryFocal}. */
export interface FocalOptions {
  /** How much less counts what is right already: the loss is multiplied by `(1 - p)^gamma`. 2 by default. */
  readonly gamma?: number | undefined
  /** What all of it is multiplied by; as in Keras, 0.25 by default for classes and 1 for yes-or-no outputs. */
  readonly alpha?: number | undefined
  /** Whether the model's output is logits; left out, it follows from the model. */
  readonly fromLogits?: boolean | undefined
}

/** Options of {@link focal}. */
export interface ClassFocalOptions extends FocalOptions {
  /** The label of places that do not count; none by default. */
  readonly ignoreIndex?: number | undefined
}

/**
 * Focal loss of several classes (Lin et al. 2017; Keras's CategoricalFocalCrossentropy): `-alpha * (1 - p)^gamma * log(p)` of the own class's probability p. Labels
 * are class indices, one for each row of the output: sample, pixel or token.
 */
export function focal(options: ClassFocalOptions = {}): Loss {
  checkOptions(focalPlugin, options)
  const { gamma = 2, alpha = 0.25, fromLogits, ignoreIndex } = options
  const name = 'focal'
  return {
    name,
    labels: 'indices',
    fromLogits,
    ignoreIndex,
    output: 'probabilities',
    perSample(outcome) {
      const logShares = ownLogProbabilities(outcome, { where: name, fromLogits })
      const missing = tf.relu(tf.sub(1, tf.exp(logShares)))
      return meanOfRows(tf.mul(tf.neg(logShares), tf.mul(power(missing, gamma), alpha)))
    },
  }
}

/** Focal loss of yes-or-no outputs (Keras's BinaryFocalCrossentropy): labels 0 or 1 of the shape of the output. */
export function binaryFocal(options: FocalOptions = {}): Loss {
  checkOptions(binaryFocalPlugin, options)
  const { gamma = 2, alpha = 1 } = options
  const name = 'binary-focal'
  return {
    name,
    labels: 'yes-or-no',
    fromLogits: options.fromLogits,
    output: 'probabilities',
    perSample(outcome) {
      const { predictions, reading } = outcome
      const fromLogits = options.fromLogits ?? reading?.fromLogits
      const target = targetsOf(outcome, name)
      const given = fromLogits ? tf.sigmoid(predictions) : predictions
      const share = tf.minimum(tf.maximum(given, EPSILON), 1 - EPSILON)
      // What the right answer gets.
      const right = tf.add(tf.mul(target, share), tf.mul(tf.sub(1, target), tf.sub(1, share)))
      const yes = tf.mul(target, tf.log(share))
      const no = tf.mul(tf.sub(1, target), tf.log(tf.sub(1, share)))
      const weight = tf.mul(power(tf.sub(1, right), gamma), alpha)
      return meanOfSample(tf.mul(tf.neg(tf.add(yes, no)), weight))
    },
  }
}

/** Products where they will do: they have a derivative at 0. */
function power(x: tf.Tensor, exponent: number): tf.Tensor {
  if (exponent === 0) return tf.onesLike(x)
  if (exponent === 1) return x
  return exponent === 2 ? tf.square(x) : tf.pow(tf.maximum(x, EPSILON), exponent)
}

const shape = {
  gamma: z.number().nonnegative().default(2).describe('How much less counts what is right.'),
  alpha: z.number().positive().default(0.25).describe('What all of it is multiplied by.'),
  fromLogits: crossEntropyOptions.shape.fromLogits,
}

/** `focal` as a plugin. */
export const focalPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'focal',
  aliases: ['categorical-focal-crossentropy'],
  description: 'Cross-entropy that counts less what is right already; labels are class indices.',
  options: z.strictObject({
    ...shape,
    ignoreIndex: z.int().optional().describe('The label of places that do not count.'),
  }),
  create: (given) => focal(given),
})

/** `binary-focal` as a plugin. */
export const binaryFocalPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'binary-focal',
  aliases: ['binary-focal-crossentropy'],
  description: 'The same for outputs that say yes or no.',
  options: z.strictObject({
    ...shape,
    alpha: z.number().positive().default(1).describe('What all of it is multiplied by.'),
  }),
  create: (given) => binaryFocal(given),
})
