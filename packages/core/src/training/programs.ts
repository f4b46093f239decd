import { ConfigError, ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import type { EngineSession, Program } from '../engines/engine.ts'
import type { Outcome } from '../losses/loss.ts'
import { withLogits } from '../model/logits.ts'
import type { Model } from '../model/model.ts'
import { createAccumulators, type ForwardResult } from './accumulators.ts'
import type { Compiled } from './compile.ts'
import type { Metrics } from './history.ts'
import { batchSpec, scaleInputs } from './inputs.ts'
import type { Samples } from './samples.ts'
import { createSlots } from './slots.ts'

/** A program with the variables it works on. */
export interface StatefulProgram extends Program {
  readonly variables: Readonly<Record<string, tf.Variable>>
  /** Loss and metrics since the last batch with `keep` 0. */
  metrics(session: EngineSession): Metrics
  /** Frees the variables that are not the model's own. */
  dispose(): void
}

/** A training program; its slots outlive it as numbers. */
export interface TrainProgram extends StatefulProgram {
  /** The optimizer's slots by `slot/weight`, as copies. */
  slots(session: EngineSession): Record<string, Float32Array>
}

/**
 * One optimizer step on a batch: forward, gradients, update, metrics.
 *
 * Inputs: `inputs`, `labels`, `learningRate`, `step` (of the optimizer, 0 at first), `seed`, `keep`. Output: `loss`, the mean
 * over the batch with the penalties of regularizers.
 */
export function trainProgram(model: Model, compiled: Compiled, samples: Samples): TrainProgram {
  const weights = model.namedWeights()
  const trained = weights.filter(({ trainable }) => trainable)
  if (trained.length === 0) {
    throw new ConfigError({
      where: `${model.getClassName()}.fit`,
      expected: 'the model must have at least one trainable weight',
      given: weights.length === 0 ? 'no weights' : `${weights.length} frozen weights`,
    })
  }
  const slots = createSlots(compiled, trained)
  const accumulators = createAccumulators('train', compiled.metrics)
  return {
    name: 'train',
    variables: { ...weightVariables(model), ...slots.variables, ...accumulators.variables },
    inputs: (batchSize) => ({
      ...inputsOf(samples, batchSize),
      learningRate: { shape: [], dtype: 'float32' },
      step: { shape: [], dtype: 'int32' },
      seed: { shape: [], dtype: 'int32' },
    }),
    run({ inputs, labels, learningRate, step, keep }) {
      const x = scaleInputs(inputs!, samples.info)
      const { loss, gradients } = lossAndGradients(model, compiled, x, labels!, (result) =>
        accumulators.add(result, keep!),
      )
      const update = compiled.optimizer.step({
        learningRate: learningRate!,
        time: tf.add(tf.cast(step!, 'float32'), 1),
      })
      for (const { name, variable, constrain } of trained) {
        const gradient = gradients.get(name)
        // The loss does not depend on this weight.
        if (gradient === undefined) continue
        const next = update({ name, value: variable, gradient, slots: slots.of(name) })
        variable.assign(constrain === undefined ? next.value : constrain(next.value))
        slots.assign(name, next.slots)
      }
      return { loss }
    },
    metrics: (session) => accumulators.read(session),
    slots: (session) => slots.read(session),
    dispose() {
      slots.dispose()
      accumulators.dispose()
    },
  }
}

/** The loss of a batch and its derivatives. */
export interface LossAndGradients {
  /** Mean over the batch, with the penalties of regularizers; a scalar. */
  readonly loss: tf.Scalar
  /** By weight name; a trainable weight that the loss does not depend on is left out. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>
}

/**
 * The forward pass in training and its derivatives by all trainable weights. Moving statistics are updated.
 *
 * @param x inputs as the model sees them, `[batch, ...]`.
 * @param onForward called between the two with what metrics need; its tensors end with the call.
 */
export function lossAndGradients(
  model: Model,
  compiled: Compiled,
  x: tf.Tensor,
  labels: tf.Tensor,
  onForward?: (result: ForwardResult) => void,
): LossAndGradients {
  const trained = model.namedWeights().filter(({ trainable }) => trainable)
  const forward = () =>
    withLogits((logitsOf) => {
      const predictions = model.apply(x, { training: true })
      const outcome = { labels, predictions, logits: logitsOf(predictions) }
      const perSample = lossOf(compiled, outcome)
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
    const gradient = grads[variable.name] as tf.Tensor | null
    if (gradient !== null) gradients.set(name, gradient)
  }
  return { loss: value, gradients }
}

/** Loss and metrics of a batch, without training. Inputs: `inputs`, `labels`, `keep`. No outputs: they add up. */
export function evaluateProgram(
  model: Model,
  compiled: Compiled,
  samples: Samples,
): StatefulProgram {
  const accumulators = createAccumulators('evaluate', compiled.metrics)
  return {
    name: 'evaluate',
    variables: { ...weightVariables(model), ...accumulators.variables },
    inputs: (batchSize) => inputsOf(samples, batchSize),
    run: ({ inputs, labels, keep }) =>
      withLogits((logitsOf) => {
        const predictions = model.apply(scaleInputs(inputs!, samples.info), { training: false })
        const outcome = { labels: labels!, predictions, logits: logitsOf(predictions) }
        const perSample = lossOf(compiled, outcome)
        accumulators.add({ outcome, perSample, penalty: penaltyOf(model) }, keep!)
        return {}
      }),
    metrics: (session) => accumulators.read(session),
    dispose: () => accumulators.dispose(),
  }
}

/** The model's variables, under names that no other state has. */
export function weightVariables(model: Model): Record<string, tf.Variable> {
  return Object.fromEntries(
    model.namedWeights().map(({ name, variable }) => [`weights/${name}`, variable]),
  )
}

function inputsOf(samples: Samples, batchSize: number): ReturnType<Program['inputs']> {
  const { inputs, labels } = batchSpec(samples, batchSize)
  return { inputs, labels, keep: { shape: [], dtype: 'float32' } }
}

function lossOf({ loss }: Compiled, outcome: Outcome): tf.Tensor {
  const perSample = loss.perSample(outcome)
  const batch = outcome.predictions.shape[0]!
  if (perSample.rank === 1 && perSample.shape[0] === batch) return perSample
  throw new ShapeError({
    where: loss.name,
    expected: `a loss must give one number per sample, [${batch}]`,
    given: perSample.shape,
  })
}

function penaltyOf(model: Model): tf.Tensor | undefined {
  const [first, ...rest] = model.calculateLosses() as tf.Tensor[]
  return first && rest.reduce((sum, penalty) => tf.add(sum, penalty), first)
}
