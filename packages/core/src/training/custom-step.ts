import { ConfigError, unknownName } from '@ashlar/errors'
import { keepingVariables } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { Samples } from '../data/samples.ts'
import type { EngineSession } from '../engines/engine.ts'
import type { CallArgs } from '../network/layer.ts'
import type { Network } from '../network/network.ts'
import { disposeStates, recurrentStates } from '../network/recurrent-state.ts'
import { findWeights, isTable } from '../network/weights.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import type { Compiled } from './compile.ts'
import {
  batchSpec,
  feedsOf,
  labelsOf,
  modelInputs,
  type OneOrNamed,
  scaledInputs,
} from './inputs.ts'
import { keptOf } from './metric-sums.ts'
import { gradientsBy } from './objective.ts'
import {
  batchOf,
  drawing,
  inputsOf,
  liveVariables,
  stateVariables,
  type TrainProgram,
  type TrainProgramOptions,
  weightVariables,
} from './programs.ts'
import { augmentFields } from './programs-batch.ts'
import { createSlots } from './slots.ts'

/** A batch as a step of one's own gets it. */
export interface StepSamples {
  /** As the model sees them; by name where there are several. */
  readonly inputs: OneOrNamed
  readonly labels: OneOrNamed
  /** `[batch]`, where samples have weights. */
  readonly weights?: tf.Tensor | undefined
}

/** What a step of one's own can do. */
export interface StepTools {
  /**
   * Makes a loss smaller: takes its derivatives and lets an optimizer change the weights.
   *
   * @param loss a scalar, as an ordinary tfjs function; layers are called in training mode.
   * @returns its value before the change.
   */
  minimize(loss: () => tf.Tensor, options?: MinimizeOptions): tf.Scalar
}

/** By what and of what; see {@link StepTools.minimize}. */
export interface MinimizeOptions {
  /** Name of the optimizer, where `compile` was given several. */
  readonly optimizer?: string | undefined
  /** Layers whose weights are changed; by default all of the model. */
  readonly of?: tf.layers.Layer | readonly tf.layers.Layer[] | undefined
}

/** A model that says itself what a step of training is. */
export interface OwnStep {
  /**
   * One step on a batch, in ordinary tfjs: captured and compiled as a whole, as any other.
   *
   * @returns scalars to show, by name; the first is the loss of the step.
   */
  trainStep(batch: StepSamples, tools: StepTools): Readonly<Record<string, tf.Tensor>>
}

/** Whether a model says itself what a step of training is. */
export function hasOwnStep(model: object): model is OwnStep {
  return 'trainStep' in model && typeof model.trainStep === 'function'
}

/** Key under which a model is handed what to run in the place of its `call`: inside of it, with its names and seeds. */
export const INSTEAD: unique symbol = Symbol('instead')

/** Runs `fn` as the model's call is run: layers inside are in training mode and have their paths. */
function within(model: Network, inputs: OneOrNamed, fn: () => tf.Tensor): tf.Tensor {
  const kwargs = { training: true, [INSTEAD]: fn } as CallArgs
  return model.apply(inputs, kwargs)
}

/** Samples of the batch of zeros that a step is tried with, where none is wanted. */
const TRIED = 2

/**
 * The weights of layers that only the step calls are made by running it once on zeros, which changes none. States that stateful layers have stay as they are; none are made.
 *
 * @returns names of the numbers that it gives.
 */
export async function tryOwnStep(model: Network & OwnStep, samples: Samples): Promise<string[]> {
  let names: string[] = []
  const { info } = samples
  const [state] = Object.values(recurrentStates(model))
  await keepingVariables(() =>
    tf.tidy(() => {
      const zeros = Object.entries(batchSpec(samples, state?.shape[0] ?? TRIED)).map(
        ([name, { shape, dtype }]) => [name, tf.zeros([...shape], dtype as 'float32')],
      )
      const feeds = Object.fromEntries(zeros) as Record<string, tf.Tensor>
      const batch = { inputs: modelInputs(feeds, info), labels: labelsOf(feeds, info) }
      within(model, batch.inputs, () => {
        const tools: StepTools = { minimize: (loss) => tf.scalar(loss().dataSync()[0]!) }
        const found = model.trainStep({ ...batch, weights: feeds.weights }, tools)
        names = namesOf(model, found)
        return tf.scalar(0)
      })
    }),
  )
  // Those that it made are of the size that it was tried with.
  if (state === undefined) disposeStates(model)
  return names
}

function namesOf(model: Network, found: Readonly<Record<string, tf.Tensor>> | undefined): string[] {
  const entries = Object.entries(found ?? {})
  const odd = entries.find(([, value]) => !(value instanceof tf.Tensor) || value.size !== 1)
  if (entries.length > 0 && odd === undefined) return entries.map(([name]) => name)
  throw new ConfigError({
    where: `${model.getClassName()}.trainStep`,
    expected: 'must return scalars by name, the loss first: { loss, ... }',
    given: odd?.[0] ?? found,
  })
}

/** What a run with a step of its own is made of. */
export interface OwnStepOptions extends Pick<TrainProgramOptions, 'augmentations'> {
  /** Of the numbers that the step gives; see {@link tryOwnStep}. */
  readonly names: readonly string[]
}

/**
 * A model's own step as a training program: the same inputs as any other, and a `learningRate/NAME` for each optimizer after the first.
 *
 * @throws ConfigError for averages of weights, which only a single loss has.
 */
export function ownStepProgram(
  model: Network & OwnStep,
  compiled: Compiled,
  samples: Samples,
  { augmentations = [], names }: OwnStepOptions,
): TrainProgram {
  const { info } = samples
  const optimizers = Object.entries(compiled.optimizers ?? { optimizer: compiled.optimizer })
  for (const [name, { average }] of optimizers) {
    if (average === undefined) continue
    throw new ConfigError({
      where: `${model.getClassName()}.trainStep`,
      expected: `the optimizer ${name} must keep no average of the weights`,
    })
  }
  const trainable = () => model.namedWeights().filter(({ trainable }) => trainable)
  const slotNames = optimizers.flatMap(([name, { slots }]) =>
    slots.map((slot) => slotOf(name, slot)),
  )
  const slots = createSlots(slotNames, compiled.slots, trainable())
  const sums = Object.fromEntries(
    [...names, COUNT].map((name) => [
      `train/${name}`,
      tf.tidy(() => tf.variable(tf.scalar(0), false)),
    ]),
  )
  const rates = Object.fromEntries(
    optimizers.slice(1).map(([name, { learningRate }]) => [`learningRate/${name}`, learningRate]),
  )
  const all = () => ({
    ...weightVariables(model),
    ...stateVariables(model),
    ...slots.variables,
    ...sums,
  })
  return {
    name: 'train',
    trains: true,
    rates,
    numbers: names,
    get variables() {
      return all()
    },
    get open() {
      const own = new Set([...Object.keys(slots.variables), ...Object.keys(sums)])
      return { own, live: liveVariables(model) }
    },
    refresh: () => slots.add(trainable()),
    ...(samples.stream === undefined && { tables: feedsOf(samples, info) }),
    inputs: (batchSize) => ({
      ...inputsOf(samples, batchSize),
      learningRate: { shape: [], dtype: 'float32' },
      ...Object.fromEntries(
        Object.keys(rates).map((name) => [name, { shape: [], dtype: 'float32' } as const]),
      ),
      ...drawing,
    }),
    run(feeds) {
      const { seed, step, keep } = feeds
      const given = { inputs: scaledInputs(feeds, info), labels: labelsOf(feeds, info) }
      const batch = augmentFields(given, augmentations, info, { seed: seed!, step: step! })
      const time = tf.add(tf.cast(step!, 'float32'), 1)
      const tools: StepTools = {
        minimize: (loss, chosen) =>
          minimize(loss, chosen, { model, optimizers, feeds, time, slots, trainable: trainable() }),
      }
      let found: Readonly<Record<string, tf.Tensor>> = {}
      within(model, batch.inputs, () => {
        const { inputs, labels } = batch
        found = model.trainStep({ inputs, labels, weights: feeds.weights }, tools)
        return tf.scalar(0)
      })
      const size = batchOf(feeds)
      for (const name of names) {
        const sum = sums[`train/${name}`]!
        sum.assign(tf.add(keptOf(sum, keep!), tf.mul(tf.reshape(found[name]!, []), size)))
      }
      const count = sums[`train/${COUNT}`]!
      count.assign(tf.add(keptOf(count, keep!), size))
      return { loss: tf.reshape(tf.cast(found[names[0]!]!, 'float32'), []) }
    },
    averages: new Map(),
    metrics(session: EngineSession) {
      const count = session.read(`train/${COUNT}`)[0]!
      const means = names.map((name, at) => [
        at === 0 ? 'loss' : name,
        session.read(`train/${name}`)[0]! / count,
      ])
      return Object.fromEntries(means)
    },
    slots: (session) => slots.read(session),
    gathered: () => 0,
    dispose() {
      slots.dispose()
      tf.dispose(sums)
    },
  }
}

const COUNT = ' samples'

function slotOf(optimizer: string, slot: string): string {
  return `${optimizer}.${slot}`
}

interface Minimizing {
  readonly model: Network
  readonly optimizers: readonly (readonly [string, Optimizer])[]
  readonly feeds: Readonly<Record<string, tf.Tensor>>
  readonly time: tf.Tensor
  readonly slots: ReturnType<typeof createSlots>
  readonly trainable: ReturnType<Network['namedWeights']>
}

function minimize(
  loss: () => tf.Tensor,
  { optimizer: wanted, of }: MinimizeOptions = {},
  { model, optimizers, feeds, time, slots, trainable }: Minimizing,
): tf.Scalar {
  const where = `${model.getClassName()}.trainStep`
  const at = wanted === undefined ? 0 : optimizers.findIndex(([name]) => name === wanted)
  const [name, optimizer] = optimizers[at] ?? []
  if (name === undefined || optimizer === undefined) {
    const known = optimizers.map(([each]) => each)
    throw new ConfigError(unknownName(where, 'optimizer', String(wanted), known))
  }
  const chosen = of === undefined ? undefined : weightsIn([of].flat())
  const own = trainable.filter(({ variable }) => chosen?.has(variable) ?? true)
  if (own.length === 0) {
    throw new ConfigError({
      where,
      expected:
        'there must be weights to change: `of` must be layers of the model that are trained',
    })
  }
  const { loss: value, gradients } = gradientsBy(() => tf.reshape(loss(), []) as tf.Scalar, own)
  const bounded = optimizer.clip?.(gradients) ?? gradients
  const learningRate = at === 0 ? feeds.learningRate! : feeds[`learningRate/${name}`]!
  const apply = optimizer.step({ learningRate, time })
  for (const { name: weight, variable, constrain, layer } of own) {
    const gradient = bounded.get(weight)
    if (gradient === undefined) continue
    const all = slots.of(weight)
    const before = Object.fromEntries(
      optimizer.slots.map((slot) => [slot, all[slotOf(name, slot)]!]),
    )
    const next = apply({
      ...{ name: weight, value: variable, gradient, slots: before },
      isTable: isTable(layer),
    })
    variable.assign(constrain === undefined ? next.value : constrain(next.value))
    slots.assign(
      weight,
      Object.fromEntries(
        Object.entries(next.slots).map(([slot, tensor]) => [slotOf(name, slot), tensor]),
      ),
    )
  }
  return value
}

function weightsIn(layers: readonly tf.layers.Layer[]): Set<tf.Variable> {
  return new Set(layers.flatMap((layer) => findWeights(layer).map(({ variable }) => variable)))
}
