import { ConfigError } from '@ashlar/errors'
import type { CaptureInput } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { Augmentation } from '../augmentation/augmentation.ts'
import type { Samples } from '../data/samples.ts'
import type { EngineSession, Program } from '../engines/engine.ts'
import type { Network } from '../network/network.ts'
import { recurrentStates } from '../network/recurrent-state.ts'
import { findWeights, isTable, type NamedWeight } from '../network/weights.ts'
import type { Gradients } from '../optimizers/clipping.ts'
import type { Schedule } from '../schedules/schedule.ts'
import { createAccumulation, GRADIENT } from './accumulate.ts'
import type { Compiled } from './compile.ts'
import { outputShapeOf } from './forward.ts'
import type { Metrics } from './history.ts'
import { batchSpec, feedsOf, labelsOf, modelInputs, scaledInputs } from './inputs.ts'
import { createAccumulators, judgedBy, keptOf } from './metric-sums.ts'
import { brokenSamples } from './non-finite.ts'
import {
  lossAndGradients,
  lossesOf,
  type ObjectiveOptions,
  penaltyOf,
  totalOf,
  withOutcomes,
} from './objective.ts'
import { augmentFields } from './programs-batch.ts'
import { readingOf } from './reading.ts'
import { createSlots } from './slots.ts'
import { averaging } from './weight-averages.ts'

/** Slots of a weight that are not the optimizer's own. */
const AVERAGE = 'average'

/** A sum of evaluations that is no metric. */
const BROKEN = 'evaluate/broken'
/** What governs the random numbers of a program. */
export const drawing: Record<'step' | 'seed', CaptureInput> = {
  step: { shape: [], dtype: 'int32' },
  seed: { shape: [], dtype: 'int32' },
}

/** A program with the variables it works on. */
export interface StatefulProgram extends Program {
  readonly variables: Readonly<Record<string, tf.Variable>>
  /** Loss and metrics since the last batch with `keep` 0. */
  metrics(session: EngineSession): Metrics
  /** Samples whose outputs were no numbers since then, see `brokenSamples`; left out by programs that do not look. */
  broken?(session: EngineSession): number
  /** Frees the variables that are not the model's own. */
  dispose(): void
}

/** A step in two halves, between which derivatives can be gathered from elsewhere. */
export interface StepHalves {
  /** Derivatives of a batch by weight, as outputs `gradient/WEIGHT`, beside `loss`. Moving statistics are updated; the same inputs without `learningRate` and `updates`. */
  readonly gradients: Program
  /** What an update makes of derivatives: takes `gradient/WEIGHT` of these weights, `learningRate` and `step`. */
  readonly update: (weights: readonly string[]) => Program
}

/** A training program; its slots outlive it as numbers. */
export interface TrainProgram extends StatefulProgram {
  /**
   * With accumulation: takes the gradients of a batch and leaves the weights alone; the same inputs without `learningRate` and
   * `updates`. The next update uses the mean over all samples since the last one.
   */
  readonly gather?: Program | undefined
  /** The two halves of the step; left out where a model has a step of its own. */
  readonly halves?: StepHalves | undefined
  /** The moving average of each weight that is trained, where the optimizer keeps them. */
  readonly averages: ReadonlyMap<tf.Variable, tf.Variable>
  /** Names of variables that only the program and its session read, and of those that others look at between steps. */
  readonly open: { readonly own: ReadonlySet<string>; readonly live: ReadonlySet<string> }
  /**
   * Takes it that other weights are trained now: layers were frozen or thawed. A frozen weight keeps its slots for later; one that had none gets new ones. Weights must hold what
   * they hold in the session.
   *
   * @throws ConfigError when none is left to train.
   */
  refresh(): void
  /** The optimizer's slots by `slot/weight`, as copies. */
  slots(session: EngineSession): Record<string, Float32Array>
  /** Number of samples whose gradients wait for an update. */
  gathered(session: EngineSession): number
  /** Learning rates that are fed besides, by the input of the program; of a model's own step with several optimizers. */
  readonly rates?: Readonly<Record<string, Schedule>> | undefined
  /** Names of the numbers that an epoch ends with, the loss first, where they are not those of losses and metrics. */
  readonly numbers?: readonly string[] | undefined
}

/** How a training program treats its batches. */
export interface TrainProgramOptions extends Pick<ObjectiveOptions, 'classWeights'> {
  readonly augmentations?: readonly Augmentation[] | undefined
  /** Whether several batches make one update; see {@link TrainProgram.gather}. */
  readonly accumulates?: boolean | undefined
}

/**
 * One optimizer step on a batch: augmentation, forward, gradients, update, metrics.
 *
 * Inputs: `inputs` and `labels`, which are rows of samples in memory, `learningRate`, `step` (batches done before), `seed`, `keep`; with accumulation also `updates`
 * (updates done before, which is what `step` says without). Output: `loss`, the mean over the batch with the penalties of regularizers.
 */
export function trainProgram(
  model: Network,
  compiled: Compiled,
  samples: Samples,
  options: TrainProgramOptions = {},
): TrainProgram {
  const { classWeights, augmentations = [], accumulates = false } = options
  const { optimizer } = compiled
  const { info } = samples
  const { heads } = compiled
  const readings = heads.map((head) => readingOf(model, head, info))
  let trained = trainedWeights(model)
  const names = [
    ...optimizer.slots,
    ...(optimizer.average === undefined ? [] : [AVERAGE]),
    ...(accumulates ? [GRADIENT] : []),
  ]
  const slots = createSlots(names, compiled.slots, trained)
  // The average of what has not been updated yet is the weight itself, whatever an earlier run came to.
  if (optimizer.average !== undefined) {
    tf.tidy(() => {
      for (const { name, variable, shape } of trained) {
        // Numbers of its own: an engine may write where they lie.
        const numbers = variable.dataSync().slice() as Float32Array
        slots.of(name)[AVERAGE]!.assign(tf.tensor(numbers, [...shape]))
      }
    })
  }
  const accumulators = createAccumulators('train', heads, (output) =>
    outputShapeOf(model, info, output),
  )
  const gathered = accumulates ? createAccumulation(slots, compiled.gathered) : undefined
  const allVariables = () => ({
    ...weightVariables(model),
    ...stateVariables(model),
    ...slots.variables,
    ...accumulators.variables,
    ...gathered?.variables,
  })
  // What lies in memory is drawn inside the step; what is read is fed.
  const tables = samples.stream === undefined && feedsOf(samples, info)

  const forward = (feeds: Record<string, tf.Tensor>) => {
    const { seed, step, keep, weights } = feeds
    const batch = { inputs: scaledInputs(feeds, info), labels: labelsOf(feeds, info) }
    const changed = augmentFields(batch, augmentations, info, { seed: seed!, step: step! })
    return lossAndGradients(
      model,
      compiled,
      { ...changed, weights },
      { classWeights, readings, onForward: (result) => accumulators.add(result, keep!) },
    )
  }

  const update = (gradients: Gradients, learningRate: tf.Tensor, done: tf.Tensor) => {
    const time = tf.add(tf.cast(done, 'float32'), 1)
    const apply = optimizer.step({ learningRate, time })
    const average = averaging(optimizer.average, time)
    const bounded = optimizer.clip?.(gradients) ?? gradients
    for (const { name, variable, constrain, layer } of trained) {
      const gradient = bounded.get(name)
      const own = slots.of(name)
      if (gradient === undefined) {
        // The loss does not depend on this weight: it stays as it is, and so does its average.
        if (average !== undefined) slots.assign(name, { [AVERAGE]: tf.clone(variable) })
        continue
      }
      const next = apply({
        ...{ name, value: variable, gradient, slots: own },
        isTable: isTable(layer),
      })
      const value = constrain === undefined ? next.value : constrain(next.value)
      variable.assign(value)
      slots.assign(name, next.slots)
      if (average !== undefined) slots.assign(name, { [AVERAGE]: average(own[AVERAGE]!, value) })
    }
  }

  const gather: Program | undefined = gathered && {
    name: 'gather',
    trains: true,
    ...(tables && { tables }),
    inputs: (batchSize) => ({ ...inputsOf(samples, batchSize), ...drawing }),
    run(feeds) {
      const size = batchOf(feeds)
      const { loss, gradients } = forward(feeds)
      gathered.add(gradients, size)
      return { loss }
    },
  }

  const gradientsOnly: Program = {
    name: 'gradients',
    trains: true,
    inputs: (batchSize) => ({ ...inputsOf(samples, batchSize), ...drawing }),
    run(feeds) {
      const { loss, gradients } = forward(feeds)
      const named = [...gradients].map(([name, gradient]) => [`${GRADIENT}/${name}`, gradient])
      return { loss, ...(Object.fromEntries(named) as Record<string, tf.Tensor>) }
    },
  }

  const updateOnly = (weights: readonly string[]): Program => ({
    name: 'update',
    trains: true,
    inputs: () => ({
      ...Object.fromEntries(
        trained
          .filter(({ name }) => weights.includes(name))
          .map(({ name, shape }): [string, CaptureInput] => [
            `${GRADIENT}/${name}`,
            { shape, dtype: 'float32' },
          ]),
      ),
      learningRate: { shape: [], dtype: 'float32' },
      step: drawing.step,
    }),
    run(feeds) {
      const gradients = new Map(weights.map((name) => [name, feeds[`${GRADIENT}/${name}`]!]))
      update(gradients, feeds.learningRate!, feeds.step!)
      return {}
    },
  })

  const averageOf = (name: string) => slots.of(name)[AVERAGE]!
  const ownNames = () => {
    const all = Object.keys(slots.variables)
    return new Set(all.filter((name) => !name.startsWith(`optimizer/${AVERAGE}/`)))
  }

  return {
    name: 'train',
    trains: true,
    get variables() {
      return allVariables()
    },
    get open() {
      return { own: ownNames(), live: liveVariables(model) }
    },
    refresh() {
      const before = new Set(trained.map(({ name }) => name))
      trained = trainedWeights(model)
      slots.add(trained)
      if (optimizer.average === undefined) return
      // A weight's average begins with the weight.
      tf.tidy(() => {
        for (const { name, variable } of trained) {
          if (!before.has(name)) averageOf(name).assign(tf.clone(variable))
        }
      })
    },
    gather,
    halves: { gradients: gradientsOnly, update: updateOnly },
    ...(tables && { tables }),
    inputs: (batchSize) => ({
      ...inputsOf(samples, batchSize),
      learningRate: { shape: [], dtype: 'float32' },
      ...drawing,
      ...(accumulates && { updates: { shape: [], dtype: 'int32' } }),
    }),
    run(feeds) {
      const { learningRate, step, updates } = feeds
      const size = batchOf(feeds)
      const { loss, gradients } = forward(feeds)
      if (gathered === undefined) {
        update(gradients, learningRate!, step!)
        return { loss }
      }
      update(gathered.mean(gradients, size), learningRate!, updates!)
      gathered.clear(gradients.keys())
      return { loss }
    },
    get averages() {
      return new Map(
        optimizer.average === undefined
          ? []
          : trained.map(({ name, variable }) => [variable, averageOf(name)] as const),
      )
    },
    metrics: (session) => accumulators.read(session),
    slots: (session) => slots.read(session),
    gathered: (session) => gathered?.count(session) ?? 0,
    dispose() {
      slots.dispose()
      accumulators.dispose()
      gathered?.dispose()
    },
  }
}

/**
 * Loss and metrics of a batch, without training. Inputs: `inputs`, `labels`, `keep`, and `step` and `seed` for a model that draws random numbers. No outputs: they add up.
 */
export function evaluateProgram(
  model: Network,
  compiled: Compiled,
  samples: Samples,
): StatefulProgram {
  const { info } = samples
  const { heads } = compiled
  const accumulators = createAccumulators('evaluate', heads, (output) =>
    outputShapeOf(model, info, output),
  )
  const readings = heads.map((head) => readingOf(model, head, info))
  const broken = tf.tidy(() => tf.variable(tf.scalar(0), false))
  return {
    name: 'evaluate',
    variables: { ...weightVariables(model), ...accumulators.variables, [BROKEN]: broken },
    inputs: (batchSize) => ({ ...inputsOf(samples, batchSize), ...drawing }),
    run: (feeds) =>
      withOutcomes(
        model,
        modelInputs(feeds, info),
        { labels: labelsOf(feeds, info), heads, readings, training: false },
        (found) => {
          const { keep, weights } = feeds
          const outcomes = lossesOf(found, weights)
          const perSample = totalOf(outcomes)
          accumulators.add({ outcomes, perSample, penalty: penaltyOf(model) }, keep!)
          const unsound = outcomes.map((each) => brokenSamples(judgedBy(each).predictions))
          const most = unsound.reduce((one, other) => tf.maximum(one, other))
          broken.assign(tf.add(keptOf(broken, keep!), most))
          return {}
        },
      ),
    metrics: (session) => accumulators.read(session),
    broken: (session) => session.read(BROKEN)[0]!,
    dispose() {
      accumulators.dispose()
      broken.dispose()
    },
  }
}

/** @throws ConfigError when there are none. */
function trainedWeights(model: Network): NamedWeight[] {
  const weights = model.namedWeights()
  const trained = weights.filter(({ trainable }) => trainable)
  if (trained.length > 0) return trained
  throw new ConfigError({
    where: `${model.getClassName()}.fit`,
    expected: 'the model must have at least one trainable weight',
    given: weights.length === 0 ? 'no weights' : `${weights.length} frozen weights`,
  })
}

/** Names of the variables in a model's fields, and of its recurrent states. */
export function liveVariables(model: Network): Set<string> {
  const own = findWeights(model).filter(({ holder }) => holder === undefined)
  return new Set([
    ...own.map(({ name }) => `weights/${name}`),
    ...Object.keys(stateVariables(model)),
  ])
}

/** States that stateful layers carry from batch to batch. */
export function stateVariables(model: Network): Record<string, tf.Variable> {
  const states = Object.entries(recurrentStates(model))
  return Object.fromEntries(states.map(([name, state]) => [`states/${name}`, state]))
}

/** The model's variables, under names that no other state has. */
export function weightVariables(model: Network): Record<string, tf.Variable> {
  return Object.fromEntries(
    model.namedWeights().map(({ name, variable }) => [`weights/${name}`, variable]),
  )
}

/** What every program is fed: a batch, and whether sums go on (1) or begin anew (0). */
export function inputsOf(samples: Samples, batchSize: number): ReturnType<Program['inputs']> {
  return { ...batchSpec(samples, batchSize), keep: { shape: [], dtype: 'float32' } }
}

/** Samples of a batch, by the field that comes first. */
export function batchOf(feeds: Readonly<Record<string, tf.Tensor>>): number {
  return Object.entries(feeds).find(([name]) => /^inputs(\/|$)/.test(name))![1].shape[0]!
}
