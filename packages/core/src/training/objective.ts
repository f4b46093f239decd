import { ConfigError, ShapeError, unknownName } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { TrainingBatch } from '../augmentation/augmentation.ts'
import type { Loss, Outcome, Reading } from '../losses/loss.ts'
import { classIndices } from '../losses/targets.ts'
import { withLogits } from '../network/logits.ts'
import { maskOf, withMasks } from '../network/masks.ts'
import type { Network } from '../network/network.ts'
import type { Tensors } from '../network/shapes.ts'
import type { NamedWeight } from '../network/weights.ts'
import { type Compiled, type OutputHead, readingOfHead } from './compile.ts'
import { byName, type OneOrNamed } from './inputs.ts'
import { lossOfSamples, stepsOf } from './masked.ts'
import type { ForwardResult, HeadLoss } from './metric-sums.ts'

/** The loss of a batch and its derivatives. */
export interface LossAndGradients {
  /** Mean over the batch, with the penalties of regularizers; a scalar. */
  readonly loss: tf.Scalar
  /** By weight name; a trainable weight that the loss does not depend on is left out. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>
}

/** A batch as a step takes it: the samples as the model sees them, their labels, and what each of them counts. */
export interface LabelledBatch extends Pick<TrainingBatch, 'mixed'> {
  readonly inputs: OneOrNamed
  readonly labels: OneOrNamed
  /** What the loss of each sample counts, `[batch]`; undefined where all count the same. */
  readonly weights?: tf.Tensor | undefined
}

/** What `lossAndGradients` can do besides. */
export interface ObjectiveOptions {
  /** What the loss of a sample counts, by its class, in the order of the heads; undefined for those whose samples count the same. */
  readonly classWeights?: readonly (readonly number[] | undefined)[] | undefined
  /** How labels and outputs are read, in the order of the heads; by default what the losses say. */
  readonly readings?: readonly Reading[] | undefined
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
  { heads }: Pick<Compiled, 'heads'>,
  { inputs, labels, weights, mixed }: LabelledBatch,
  { classWeights, readings, onForward }: ObjectiveOptions = {},
): LossAndGradients {
  const trained = model.namedWeights().filter(({ trainable }) => trainable)
  const forward = () =>
    withOutcomes(model, inputs, { labels, heads, readings, training: true }, (outcomes) => {
      const each = outcomes.map((found, at) => {
        const own = classWeights?.[at]
        let perSample = headLoss(found, own)
        if (mixed !== undefined) {
          const labelled = { ...found.whole, labels: mixed.labels }
          const other = headLoss(headOutcome(found.head, labelled), own)
          perSample = tf.add(perSample, tf.mul(tf.sub(other, perSample), mixed.share))
        }
        return { ...found, perSample: weights ? tf.mul(perSample, weights) : perSample }
      })
      const perSample = totalOf(each)
      const penalty = penaltyOf(model)
      onForward?.({ outcomes: each, perSample, penalty })
      const loss = tf.mean(perSample)
      return (penalty === undefined ? loss : tf.add(loss, penalty)) as tf.Scalar
    })
  return gradientsBy(forward, trained)
}

/** A loss and its derivatives by weights. */
export function gradientsBy(
  loss: () => tf.Scalar,
  weights: readonly NamedWeight[],
): LossAndGradients {
  const { value, grads } = tf.variableGrads(
    loss,
    weights.map(({ variable }) => variable),
  )
  const gradients = new Map<string, tf.Tensor>()
  for (const { name, variable } of weights) {
    // tfjs has null or nothing for what the loss does not depend on.
    const gradient = grads[variable.name] as tf.Tensor | null | undefined
    if (gradient) gradients.set(name, gradient)
  }
  return { loss: value, gradients }
}

/** The loss of each sample at each output, as it counts without training. */
export function lossesOf(
  found: readonly HeadOutcome[],
  weights: tf.Tensor | undefined,
): HeadLoss[] {
  return found.map((each) => {
    const own = headLoss(each, undefined)
    return { ...each, perSample: weights ? tf.mul(own, weights) : own }
  })
}

/** The loss of each sample at one output, `[batch]`. */
function headLoss(
  { head: { loss }, whole, parts }: HeadOutcome,
  weights: readonly number[] | undefined,
): tf.Tensor {
  const { outcome, mask } = loss.whole
    ? { outcome: whole }
    : weights === undefined
      ? parts()
      : placesOf(whole, parts())
  const each = lossOf(loss, outcome)
  const counted = weights === undefined ? each : tf.mul(each, weightsOf(outcome, weights))
  return mask === undefined ? counted : lossOfSamples(counted, mask)
}

/** The loss of each sample over all outputs, each by its weight. */
export function totalOf(
  each: readonly { readonly head: OutputHead; readonly perSample: tf.Tensor }[],
): tf.Tensor {
  const counted = each
    .filter(({ head }) => each.length === 1 || head.weight !== 0)
    .map(({ head: { weight }, perSample }) =>
      weight === 1 ? perSample : tf.mul(perSample, weight),
    )
  const [first, ...rest] = counted
  if (first === undefined) return tf.mul(each[0]!.perSample, 0)
  return rest.reduce((sum, one) => tf.add(sum, one), first)
}

/** What a model made of a batch at one of its outputs. */
export interface HeadOutcome {
  readonly head: OutputHead
  /** As the model gave it. */
  readonly whole: Outcome
  /** Of an output of which not all places count, each place is a sample of its own; else the same. */
  parts(): Parts
}

/** Samples or places, for losses and metrics that know of samples. */
export interface Parts {
  readonly outcome: Outcome
  /** Which places of the output count, `[batch, ...]`, where not all do. */
  readonly mask?: tf.Tensor | undefined
}

function headOutcome(head: OutputHead, whole: Outcome): HeadOutcome {
  let found: Parts | undefined
  return {
    head,
    whole,
    parts() {
      if (found !== undefined) return found
      const mask = countedPlaces(whole)
      found = mask === undefined ? { outcome: whole } : { outcome: stepsOf(whole, mask), mask }
      return found
    },
  }
}

/**
 * Runs a model, and `fn` with what it made of a batch. The logits and the mask of its output end with that. Of an output with a mask each step is a sample of its own to losses and
 * metrics.
 *
 * @throws ConfigError for an output that the model does not give, or that has no labels.
 */
export function withOutcomes<T>(
  model: Network,
  inputs: OneOrNamed,
  {
    labels,
    heads,
    readings,
    training,
  }: {
    readonly labels: OneOrNamed
    readonly heads: readonly OutputHead[]
    readonly readings?: readonly Reading[] | undefined
    readonly training: boolean
  },
  fn: (outcomes: readonly HeadOutcome[]) => T,
): T {
  return withMasks(() =>
    withLogits((logitsOf) => {
      const given = outputsByName(model, model.apply<Tensors>(inputs, { training }))
      const outcomes = heads.map((head, at): HeadOutcome => {
        const predictions = byName(given, head.name)
        const own = byName(labels, head.name)
        if (predictions === undefined) throw noOutput(model, given, head.name)
        if (own === undefined) throw noLabels(labels, head.name)
        return headOutcome(head, {
          labels: own,
          predictions,
          logits: logitsOf(predictions),
          reading: readings?.[at] ?? readingOfHead(head),
          places: maskOf(predictions),
        })
      })
      return fn(outcomes)
    }),
  )
}

/** What a model gave, by name where it has several outputs. */
export function outputsByName(model: Network, given: Tensors): OneOrNamed {
  if (!Array.isArray(given)) return given
  if (given.length === 1) return given[0]!
  const names = model.signature()?.outputs
  if (names === undefined || names.length !== given.length) {
    throw new ConfigError({
      where: model.getClassName(),
      expected: 'a model of several outputs must give them by name: return { class, box }',
      given: `${given.length} outputs`,
    })
  }
  return Object.fromEntries(names.map((name, at) => [name, given[at]!]))
}

/** With a class for each place, each place is a sample of its own, whether all count or not: each has its own weight. */
function placesOf(whole: Outcome, parts: Parts): Parts {
  const { labels, predictions, reading } = whole
  const places = predictions.shape.slice(0, -1)
  const areIndices = reading?.labels === 'indices' && String(labels.shape) === String(places)
  if (parts.mask !== undefined || places.length < 2 || !areIndices) return parts
  const mask = tf.ones(places)
  return { outcome: stepsOf(whole, mask), mask }
}

/** The mask of an output, without the places whose label says that they do not count. */
function countedPlaces({ labels, reading, places: mask }: Outcome): tf.Tensor | undefined {
  const ignoreIndex = reading?.ignoreIndex
  if (ignoreIndex === undefined) return mask
  const counted = tf.notEqual(tf.cast(labels, 'int32'), ignoreIndex)
  return mask === undefined ? counted : tf.logicalAnd(tf.cast(mask, 'bool'), counted)
}

function noOutput(model: Network, given: OneOrNamed, name: string | undefined): ConfigError {
  const names = given instanceof tf.Tensor ? [] : Object.keys(given)
  const where = model.getClassName()
  if (name === undefined) {
    return new ConfigError({
      where,
      expected: 'there must be a loss for each output, by its name',
      given: names.join(', '),
      hint: `compile({ loss: { ${names.map((each) => `${each}: ...`).join(', ')} } })`,
    })
  }
  if (names.length > 0) return new ConfigError(unknownName(where, 'output', name, names))
  return new ConfigError({
    where,
    expected: `the model must give the output ${name}`,
    given: 'one tensor without a name',
    hint: `Return it by its name: return { ${name}: ... }.`,
  })
}

function noLabels(labels: OneOrNamed, name: string | undefined): ConfigError {
  const names = labels instanceof tf.Tensor ? [] : Object.keys(labels)
  return new ConfigError({
    where: 'labels',
    expected:
      name === undefined
        ? 'there must be labels without a name, for a loss of none'
        : `there must be labels for the output ${name}`,
    given: names.length === 0 ? 'labels without a name' : names.join(', '),
  })
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
