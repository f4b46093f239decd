import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { TrainingBatch } from '../augmentation/augmentation.ts'
import type { Loss, Outcome, Reading } from '../losses/loss.ts'
import { classIndices } from '../losses/targets.ts'
import { withLogits } from '../network/logits.ts'
import { maskOf, withMasks } from '../network/masks.ts'
import type { Network } from '../network/network.ts'
import type { ForwardResult } from './accumulators.ts'
import type { Compiled } from './compile.ts'
import { lossOfSamples, stepsOf } from './masked.ts'

/** The loss of a batch and its derivatives. */
export interface LossAndGradients {
  /** Mean over the batch, with the penalties of regularizers; a scalar. */
  readonly loss: tf.Scalar
  /** By weight name; a trainable weight that the loss does not depend on is left out. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>
}

/** What `lossAndGradients` can do besides. */
export interface ObjectiveOptions {
  /** What the loss of a sample counts, by its class. */
  readonly classWeights?: readonly number[] | undefined
  /** How labels and outputs are read; by default what the loss says. */
  readonly reading?: Reading | undefined
  /** Called between forward pass and derivatives with what metrics need; its tensors end with the call. */
  readonly onForward?: ((result: ForwardResult) => void) | undefined
}

/**
 * The forward pass in training and its derivatives by all trainable weights. Moving statistics are updated.
 *
 * @throws ShapeError for a loss that is not one number per sample, or class weights for another number of classes.
 */
export function lossAndGradients(
  model: Network,
  { loss: objective }: Compiled,
  { inputs, labels, mixed }: TrainingBatch,
  { classWeights, reading = objective, onForward }: ObjectiveOptions = {},
): LossAndGradients {
  const trained = model.namedWeights().filter(({ trainable }) => trainable)
  const forward = () =>
    withOutcome(model, inputs, { labels, reading, training: true }, (outcome, mask) => {
      const weighted = (each: Outcome) => {
        const perSample = lossOf(objective, each)
        const counted =
          classWeights === undefined ? perSample : tf.mul(perSample, weightsOf(each, classWeights))
        return mask === undefined ? counted : lossOfSamples(counted, mask)
      }
      let perSample = weighted(outcome)
      if (mixed !== undefined) {
        const labelled = { ...outcome, labels: mixed.labels }
        const other = weighted(mask === undefined ? labelled : stepsOf(labelled, mask))
        perSample = tf.add(perSample, tf.mul(tf.sub(other, perSample), mixed.share))
      }
      const penalty = penaltyOf(model)
      onForward?.({ outcome, perSample, penalty })
      const loss = tf.mean(perSample)
      return (penalty === undefined ? loss : tf.add(loss, penalty)) as tf.Scalar
    })
  const { value, grads } = tf.variableGrads(
    forward,
    trained.map(({ variable }) => variable),
  )
  const gradients = new Map<string, tf.Tensor>()
  for (const { name, variable } of trained) {
    // tfjs has null or nothing for what the loss does not depend on.
    const gradient = grads[variable.name] as tf.Tensor | null | undefined
    if (gradient) gradients.set(name, gradient)
  }
  return { loss: value, gradients }
}

/**
 * Runs a model, and `fn` with what it made of a batch. The logits and the mask of its output end with that. Of an output with a mask each step is a sample of its own to losses and
 * metrics.
 */
export function withOutcome<T>(
  model: Network,
  inputs: tf.Tensor,
  {
    labels,
    reading,
    training,
  }: {
    readonly labels: tf.Tensor
    readonly reading: Outcome['reading']
    readonly training: boolean
  },
  fn: (outcome: Outcome, mask: tf.Tensor | undefined) => T,
): T {
  return withMasks(() =>
    withLogits((logitsOf) => {
      const predictions = model.apply(inputs, { training })
      const outcome: Outcome = { labels, predictions, logits: logitsOf(predictions), reading }
      const mask = maskOf(predictions)
      return fn(mask === undefined ? outcome : stepsOf(outcome, mask), mask)
    }),
  )
}

/** @throws ShapeError when a loss does not give one number per sample. */
export function lossOf(loss: Loss, outcome: Outcome): tf.Tensor {
  const perSample = loss.perSample(outcome)
  const batch = outcome.predictions.shape[0]!
  if (perSample.rank === 1 && perSample.shape[0] === batch) return perSample
  throw new ShapeError({
    where: loss.name,
    expected: `a loss must give one number per sample, [${batch}]`,
    given: perSample.shape,
  })
}

/** The penalties of all regularizers, a scalar; undefined where there are none. */
export function penaltyOf(model: Network): tf.Tensor | undefined {
  const [first, ...rest] = model.calculateLosses() as tf.Tensor[]
  return first && rest.reduce((sum, penalty) => tf.add(sum, penalty), first)
}

function weightsOf(outcome: Outcome, weights: readonly number[]): tf.Tensor {
  const classes = outcome.predictions.shape.at(-1)!
  // One output for two classes.
  const expected = classes === 1 ? 2 : classes
  if (weights.length !== expected) {
    throw new ShapeError({
      where: 'classWeights',
      expected: `there must be a weight for each of the ${expected} classes`,
      given: weights,
    })
  }
  const own =
    classes === 1
      ? tf.cast(tf.reshape(outcome.labels, [outcome.labels.shape[0]!]), 'int32')
      : classIndices(outcome, 'classWeights')
  if (own.rank === 1) return tf.gather(tf.tensor1d([...weights]), own)
  throw new ShapeError({
    where: 'classWeights',
    expected: 'each sample must have one class',
    given: { labels: outcome.labels.shape, output: outcome.predictions.shape },
  })
}
