import { ShapeError } from '@ashlar/errors'
import { scan } from '@ashlar/graph'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { crossEntropyOptions, logProbabilitiesOf } from './cross-entropy.ts'
import type { LabelLimits, Loss, Outcome } from './loss.ts'

/** Stands for the logarithm of 0: small enough to count nowhere, and finite, so that no derivative is NaN. */
const NEVER = -1e30

/** Options of {@link ctc}. */
export interface CtcOptions {
  /** The class that says nothing, and parts what is said twice; 0 by default. */
  readonly blank?: number | undefined
  /** Whether a sample whose label does not fit into its steps counts 0 rather than infinity; false by default, as in PyTorch. */
  readonly zeroInfinity?: boolean | undefined
  /** Whether the model's output is logits; left out, it follows from the model. */
  readonly fromLogits?: boolean | undefined
  /** The label of places behind the end of a shorter one. Left out, what the data says; the blank, and what is below 0, fill up as well. */
  readonly ignoreIndex?: number | undefined
}

/**
 * Connectionist temporal classification (Graves et al. 2006): the negative logarithm of the probability of a label over all ways in which it may be spread over the steps, as
 * `torch.nn.functional.ctc_loss` has it with `reduction: 'none'`. Predictions are `[batch, time, classes]`, labels `[batch, length]`: class indices, filled up behind their end. How
 * many steps count is what the mask of the output says, all of them without one. Captured, it is one loop over the steps, whatever their number.
 *
 * @example model.compile({ optimizer: 'adam', loss: ctc(), metrics: [characterErrorRate()] })
 */
export function ctc(options: CtcOptions = {}): Loss {
  checkOptions(ctcPlugin, options)
  const { blank = 0, zeroInfinity = false, fromLogits, ignoreIndex } = options
  return {
    name: 'ctc',
    labels: 'sequence',
    whole: true,
    fromLogits,
    ignoreIndex,
    output: 'probabilities',
    problemOf: (label, use) => problemOf(label, { blank, ...use }),
    perSample(outcome) {
      checkShapes('ctc', outcome, blank)
      const { own, counts } = sequenceLabels(outcome, blank)
      const [, time, classes] = outcome.predictions.shape as [number, number, number]
      const states = withBlanks(own, tf.fill(own.shape, blank, 'int32'), blank)
      const logShares = logProbabilitiesOf(outcome, fromLogits)
      const chosen = tf.oneHot(states, classes, 1, 0, 'float32') as tf.Tensor3D
      // [time, batch, states]
      const shares = tf.transpose(tf.matMul(logShares, chosen, false, true), [1, 0, 2])
      const skips = skippable(own, counts)
      const steps = stepsThatCount(outcome, time)
      const places = tf.sum(counts, 1)
      const loss = tf.neg(atEnd(forward(shares, skips, steps), places))
      // Between two of the same there must be a blank.
      const first = tf.minimum(places, 1)
      const twice = tf.sub(tf.sub(places, first), tf.sum(skips, 1))
      const fits = tf.greaterEqual(tf.sum(steps, [0, 2]), tf.add(places, twice))
      const none = zeroInfinity ? 0 : Number.POSITIVE_INFINITY
      return tf.where(fits, loss, tf.fill(loss.shape, none))
    },
  }
}

/**
 * Labels of sequences, int32 `[batch, length]`, with the blank where a place does not count, and which do, float32.
 *
 * @param blank the class that says nothing.
 */
export function sequenceLabels(
  { labels, reading }: Outcome,
  blank: number,
): { readonly own: tf.Tensor; readonly counts: tf.Tensor } {
  const given = tf.cast(labels, 'int32')
  let isLabel = tf.logicalAnd(tf.greaterEqual(given, 0), tf.notEqual(given, blank))
  const ignoreIndex = reading?.ignoreIndex
  if (ignoreIndex !== undefined) isLabel = tf.logicalAnd(isLabel, tf.notEqual(given, ignoreIndex))
  const whole = tf.cast(isLabel, 'int32')
  const own = tf.add(tf.mul(given, whole), tf.mul(tf.sub(1, whole), blank))
  return { own: tf.cast(own, 'int32'), counts: tf.cast(isLabel, 'float32') }
}

/** Which steps of the output count, float32 `[time, batch, 1]`. */
export function stepsThatCount({ places, predictions }: Outcome, time: number): tf.Tensor {
  const batch = predictions.shape[0]!
  const counts = places === undefined ? tf.ones([batch, time]) : tf.cast(places, 'float32')
  return tf.reshape(tf.transpose(counts), [time, batch, 1])
}

/** @throws ShapeError for outputs and labels that are no sequences, and a blank that is no class. */
export function checkShapes(where: string, { labels, predictions }: Outcome, blank: number): void {
  if (predictions.rank !== 3 || labels.rank !== 2) {
    throw new ShapeError({
      where,
      expected: 'the output must be [batch, time, classes], and labels [batch, length]',
      given: { labels: labels.shape, output: predictions.shape },
    })
  }
  const classes = predictions.shape[2]!
  if (blank < classes) return
  throw new ShapeError({
    where,
    expected: `the blank must be one of the ${classes} classes of the output, from 0 on`,
    given: blank,
  })
}

/** Blanks before, between and behind: `[batch, length]` to `[batch, 2 * length + 1]`. */
function withBlanks(places: tf.Tensor, between: tf.Tensor, blank: number): tf.Tensor {
  const [batch, length] = places.shape as [number, number]
  const first = tf.fill([batch, 1], blank, places.dtype as 'int32')
  return tf.concat([first, tf.reshape(tf.stack([places, between], 2), [batch, 2 * length])], 1)
}

/** Where the blank before a state may be left out, float32 `[batch, states]`: before a label other than the one before it. */
function skippable(own: tf.Tensor, counts: tf.Tensor): tf.Tensor {
  const [batch, length] = own.shape as [number, number]
  const none = tf.zeros([batch, 1])
  const differs = tf.cast(
    tf.notEqual(tf.slice(own, [0, 1], [-1, length - 1]), tf.slice(own, [0, 0], [-1, length - 1])),
    'float32',
  )
  const may = length === 1 ? none : tf.concat([none, differs], 1)
  return withBlanks(tf.mul(may, counts), tf.zeros(own.shape), 0)
}

/** Logarithms of the probabilities of being in each state after the last step that counts, `[batch, states]`. */
function forward(shares: tf.Tensor, skips: tf.Tensor, steps: tf.Tensor): tf.Tensor {
  const [, batch, count] = shares.shape as [number, number, number]
  const never = (width: number) => tf.fill([batch, width], NEVER)
  const barred = tf.mul(tf.sub(1, skips), NEVER)
  // Before the first step: from here the first blank and the first label are reached, and nothing else.
  const before = tf.concat([tf.zeros([batch, 1]), never(count - 1)], 1)
  const { states } = scan(
    ([now], [share, counts]) => {
      const shifted = (by: number) =>
        tf.concat([never(by), tf.slice(now!, [0, 0], [-1, count - by])], 1)
      const two = tf.add(shifted(2), barred)
      const next = tf.add(logSumOf([now!, shifted(1), two]), share!)
      const kept = tf.add(tf.mul(next, counts!), tf.mul(now!, tf.sub(1, counts!)))
      return { states: [kept], rows: [] }
    },
    [before],
    [shares, steps],
  )
  return states[0]!
}

/** Of the states in which a label may end: its last place, and the blank behind it; `[batch]`. */
function atEnd(ends: tf.Tensor, lengths: tf.Tensor): tf.Tensor {
  const count = ends.shape[1]!
  const last = tf.mul(tf.cast(lengths, 'int32'), 2)
  const at = (state: tf.Tensor) =>
    tf.sum(
      tf.mul(ends, tf.oneHot(tf.cast(state, 'int32') as tf.Tensor1D, count, 1, 0, 'float32')),
      1,
    )
  // One without a place ends in the first blank alone.
  const isEmpty = tf.cast(tf.equal(last, 0), 'float32')
  const own = tf.add(at(tf.maximum(tf.sub(last, 1), 0)), tf.mul(isEmpty, NEVER))
  return logSumOf([at(last), own])
}

/** The logarithm of a sum of numbers whose logarithms are given. */
function logSumOf(logs: readonly tf.Tensor[]): tf.Tensor {
  const largest = logs.reduce((one, other) => tf.maximum(one, other))
  const sum = logs
    .map((each) => tf.exp(tf.sub(each, largest)))
    .reduce((one, other) => tf.add(one, other))
  return tf.add(largest, tf.log(sum))
}

/** What is wrong with a label, in words; undefined for nothing. */
function problemOf(
  label: ArrayLike<number>,
  { blank, ignoreIndex, outputShape }: LabelLimits & { readonly blank: number },
): string | undefined {
  const [time, classes] = outputShape ?? []
  let end = label.length
  const isFilling = (each: number) => each < 0 || each === blank || each === ignoreIndex
  while (end > 0 && isFilling(label[end - 1]!)) end--
  let twice = 0
  for (let at = 0; at < end; at++) {
    const each = label[at]!
    if (isFilling(each)) {
      return `have what fills up at its end alone, and place ${at} is ${each}`
    }
    if (!Number.isInteger(each) || (classes !== undefined && each >= classes)) {
      return `hold class indices below ${classes}, and place ${at} is ${each}`
    }
    if (at > 0 && each === label[at - 1]) twice++
  }
  if (time === undefined || end + twice <= time) return undefined
  const parted = twice === 0 ? '' : `, with ${twice} of them twice in a row, which a blank parts`
  return `fit into the ${time} steps of the output, and it has ${end} places${parted}`
}

/** `ctc` as a plugin. */
export const ctcPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'ctc',
  description:
    'Connectionist temporal classification: a label that is shorter than the steps, spread over them in any way.',
  options: z.strictObject({
    blank: z.int().nonnegative().default(0).describe('The class that says nothing.'),
    zeroInfinity: z
      .boolean()
      .default(false)
      .describe('Whether a label that does not fit into its steps counts 0, not infinity.'),
    fromLogits: crossEntropyOptions.shape.fromLogits,
    ignoreIndex: z
      .int()
      .optional()
      .describe(
        'The label of places behind the end of a shorter one; left out, what the data says, and the blank.',
      ),
  }),
  create: (given) => ctc(given),
})
