import { ShapeError } from '@ashlar/errors'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Loss, Outcome } from './loss.ts'
import { indicesOf, meanOfRows } from './targets.ts'

/** Probabilities are kept this far from 0 and 1 before their logarithm is taken, as in Keras. */
export const EPSILON = 1e-7

/** Options of the cross-entropies. */
export interface CrossEntropyOptions {
  /**
   * Whether the model's output is logits. By default that follows from the model: what can be below zero is logits, what a softmax or sigmoid gives is
   * probabilities. For probabilities of a softmax layer the loss still uses the exact form on the logits behind them.
   */
  readonly fromLogits?: boolean | undefined
  /**
   * Part of each label that is spread evenly over all classes (Szegedy et al. 2016), 0 by default: of 0.1 and ten classes, the
   * own class is left with 0.91.
   */
  readonly labelSmoothing?: number | undefined
}

/** Options of {@link sparseCategoricalCrossentropy}. */
export interface SparseCrossEntropyOptions extends CrossEntropyOptions {
  /** The label of places that do not count, such as -1 for padding; the mean is taken over the others. None by default. */
  readonly ignoreIndex?: number | undefined
}

/**
 * Cross-entropy for class indices: labels `[batch]` or `[batch, 1]`, predictions `[batch, classes]`; also one for each pixel or token, `[batch, ...]` and
 * `[batch, ..., classes]`.
 *
 * @example model.compile({ optimizer: 'adam', loss: sparseCategoricalCrossentropy({ fromLogits: true }) })
 */
export function sparseCategoricalCrossentropy(options: SparseCrossEntropyOptions = {}): Loss {
  checkOptions(sparseCategoricalCrossentropyPlugin, options)
  const name = 'sparse-categorical-crossentropy'
  return {
    name,
    labels: 'indices',
    ignoreIndex: options.ignoreIndex,
    fromLogits: options.fromLogits,
    output: 'probabilities',
    perSample(outcome) {
      const { predictions } = outcome
      const indices = indicesOf(outcome)
      if (indices === undefined) {
        throw mismatch(
          name,
          'labels must be class indices, one for each row of the output',
          outcome,
        )
      }
      const classes = predictions.shape.at(-1)!
      if (classes < 2) {
        throw new ShapeError({
          where: name,
          expected: 'the model must have an output for each class, at least 2',
          given: predictions.shape,
          hint: 'A single output that says yes or no goes with binary-crossentropy.',
        })
      }
      const oneHot = tf.oneHot(indices, classes, 1, 0, 'float32')
      return crossEntropy(oneHot, outcome, options)
    },
  }
}

/** Cross-entropy for one-hot or soft labels: labels and predictions `[batch, classes]`. */
export function categoricalCrossentropy(options: CrossEntropyOptions = {}): Loss {
  checkOptions(categoricalCrossentropyPlugin, options)
  const name = 'categorical-crossentropy'
  return {
    name,
    labels: 'shares',
    fromLogits: options.fromLogits,
    output: 'probabilities',
    perSample(outcome) {
      const { labels, predictions } = outcome
      if (String(labels.shape) !== String(predictions.shape)) {
        throw mismatch(name, 'labels must be one-hot, of the shape of the output', outcome)
      }
      return crossEntropy(tf.cast(labels, 'float32'), outcome, options)
    },
  }
}

function crossEntropy(
  target: tf.Tensor,
  outcome: Outcome,
  options: CrossEntropyOptions,
): tf.Tensor {
  const logProbabilities = logProbabilitiesOf(outcome, options.fromLogits)
  const smoothed = smooth(target, options.labelSmoothing ?? 0)
  const perRow = tf.neg(tf.sum(tf.mul(smoothed, logProbabilities), -1))
  return meanOfRows(perRow)
}

/**
 * Logarithms of a model's probabilities, of the shape of its output: of the logits wherever there are any.
 *
 * @param fromLogits what the loss was told; left out, what its reading says.
 */
export function logProbabilitiesOf(outcome: Outcome, fromLogits?: boolean): tf.Tensor {
  const areLogits = fromLogits ?? outcome.reading?.fromLogits
  const logits = areLogits ? outcome.predictions : outcome.logits
  return logits === undefined ? logOf(outcome.predictions) : tf.logSoftmax(logits, -1)
}

/** Who asks for {@link ownLogProbabilities}. */
export interface OwnLogProbabilitiesOptions {
  /** The loss or metric, for errors. */
  readonly where: string
  /** What labels are called there; class indices by default. */
  readonly labels?: string | undefined
  /** See {@link logProbabilitiesOf}. */
  readonly fromLogits?: boolean | undefined
}

/**
 * Logarithms of the probabilities that a model gives to the class of each row of its output, for labels that are class indices.
 *
 * @throws ShapeError for other labels.
 */
export function ownLogProbabilities(
  outcome: Outcome,
  { where, labels: called = 'class indices', fromLogits }: OwnLogProbabilitiesOptions,
): tf.Tensor {
  const { predictions, labels } = outcome
  const indices = indicesOf(outcome)
  if (indices === undefined) {
    throw new ShapeError({
      where,
      expected: `labels must be ${called}, one for each row of the output`,
      given: { labels: labels.shape, output: predictions.shape },
    })
  }
  const own = tf.oneHot(indices, predictions.shape.at(-1)!, 1, 0, 'float32')
  return tf.sum(tf.mul(own, logProbabilitiesOf(outcome, fromLogits)), -1)
}

function smooth(target: tf.Tensor, part: number): tf.Tensor {
  return part === 0 ? target : tf.add(tf.mul(target, 1 - part), part / target.shape.at(-1)!)
}

/** Rows are scaled to sum to 1 and clipped first, as Keras does. */
function logOf(probabilities: tf.Tensor): tf.Tensor {
  const scaled = tf.div(probabilities, tf.sum(probabilities, -1, true))
  // Not clipByValue: its gradient is a select, which is slow in onnxruntime.
  return tf.log(tf.minimum(tf.maximum(scaled, EPSILON), 1 - EPSILON))
}

function mismatch(name: string, expected: string, { labels, predictions }: Outcome): ShapeError {
  return new ShapeError({
    where: name,
    expected,
    given: { labels: labels.shape, output: predictions.shape },
    hint: 'sparse-categorical-crossentropy takes class indices, categorical-crossentropy one-hot rows.',
  })
}

/** The options that cross-entropies have in an experiment. */
export const crossEntropyOptions: z.ZodObject<
  {
    fromLogits: z.ZodOptional<z.ZodBoolean>
    labelSmoothing: z.ZodDefault<z.ZodNumber>
  },
  z.core.$strict
> = z.strictObject({
  fromLogits: z
    .boolean()
    .optional()
    .describe('Whether the model gives logits; left out, it follows from the model.'),
  labelSmoothing: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe('Part of each label that is spread over all classes.'),
})

/** `sparse-categorical-crossentropy` as a plugin. */
export const sparseCategoricalCrossentropyPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'sparse-categorical-crossentropy',
  description: 'Cross-entropy for labels that are class indices.',
  options: z.strictObject({
    ...crossEntropyOptions.shape,
    ignoreIndex: z
      .int()
      .optional()
      .describe('The label of places that do not count: padding, pixels without a label.'),
  }),
  create: (given) => sparseCategoricalCrossentropy(given),
})

/** `categorical-crossentropy` as a plugin. */
export const categoricalCrossentropyPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'categorical-crossentropy',
  description: 'Cross-entropy for labels that are one-hot or soft.',
  options: crossEntropyOptions,
  create: (given) => categoricalCrossentropy(given),
})
