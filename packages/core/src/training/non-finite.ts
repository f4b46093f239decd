import { TrainingError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import {
  areFinite,
  type BrokenWeight,
  brokenWeight,
  type WeightNumbers,
} from '../network/broken-weights.ts'
import type { Network } from '../network/network.ts'

/** Looks whether a run has left its model's weights finite. */
export interface WeightCheck {
  /** @throws TrainingError that names the first weight with a NaN or an infinity that was not there at the start. */
  afterStep(step: number): void
}

/** @param model before the run: infinities that it has in weights which are not trained (a mask) are its own affair. */
export function watchWeights(model: Network): WeightCheck {
  const masks = new Set(
    model
      .namedWeights()
      .filter(({ trainable, variable }) => !trainable && !areFinite(numbersOf(variable)))
      .map(({ name }) => name),
  )
  return {
    afterStep(step) {
      const broken = brokenOf(model, (name) => (masks.has(name) ? 'any' : 'none'))
      if (broken === undefined) return
      throw new TrainingError({
        where: step < 0 ? 'fit' : `step ${step}`,
        expected: `weight ${broken.name} must stay finite`,
        given: describe(broken),
        hint: 'Try a lower learning rate, a warm-up, or globalClipNorm=1 in the optimizer.',
      })
    },
  }
}

function brokenOf(
  model: Network,
  infinities: (name: string) => WeightNumbers['infinities'],
): BrokenWeight | undefined {
  return brokenWeight(
    model.namedWeights().map(({ name, variable }) => ({
      name,
      data: numbersOf(variable),
      infinities: infinities(name),
    })),
  )
}

function numbersOf(variable: tf.Variable): Float32Array {
  return variable.dataSync() as Float32Array
}

function describe({ value, index }: BrokenWeight): string {
  return `${value} at [${index}]`
}

/** The largest finite float32. */
const MOST = 2 ** 128 - 2 ** 104

/**
 * How many samples of a batch have outputs that are no numbers, a scalar: a NaN, +Infinity, or nothing finite at all. -Infinity beside finite numbers is a
 * masked logit.
 */
export function brokenSamples(predictions: tf.Tensor): tf.Scalar {
  const rows = tf.reshape(tf.cast(predictions, 'float32'), [predictions.shape[0]!, -1])
  const size = rows.shape[1]!
  // Comparisons with NaN are false.
  const atMost = tf.sum(tf.cast(tf.lessEqual(rows, MOST), 'float32'), 1)
  const atLeast = tf.sum(tf.cast(tf.greaterEqual(rows, -MOST), 'float32'), 1)
  const isSound = tf.logicalAnd(tf.greaterEqual(atMost, size), tf.greater(atLeast, 0))
  return tf.sum(tf.cast(tf.logicalNot(isSound), 'float32')) as tf.Scalar
}

/**
 * Judges an evaluation.
 *
 * @param found samples without sound outputs, of how many, and the loss over all.
 * @throws TrainingError for outputs or a loss that are no numbers; names the weight that is to blame, where one is.
 */
export function checkEvaluated(
  where: string,
  model: Network,
  found: { readonly broken: number; readonly samples: number; readonly loss: number },
): void {
  const { broken, samples, loss } = found
  if (broken === 0 && !Number.isNaN(loss)) return
  const weight = brokenOf(model, () => 'masks')
  throw new TrainingError({
    where,
    expected: broken > 0 ? 'the outputs of the model must be finite' : 'the loss must be a number',
    given: broken > 0 ? `NaN or Infinity for ${broken} of ${samples} samples` : loss,
    hint:
      weight === undefined
        ? 'Its weights are finite. Look for very large or missing numbers in the samples, and for a loss that does not fit the output.'
        : `Weight ${weight.name} has ${describe(weight)}: training has diverged. Try a lower learning rate.`,
  })
}
