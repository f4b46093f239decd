import { ConfigError } from '@ashlar/errors'
import { captureSteady, type Graph, ir, optimize, portableTarget } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { Augmentation } from '../augmentation/augmentation.ts'
import type { Samples } from '../data/samples.ts'
import type { Program } from '../engines/engine.ts'
import { startBackend } from '../network/backend.ts'
import { withSequenceLoops } from '../network/sequences.ts'
import type { Schedule } from '../schedules/schedule.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import { storedTensor } from '../weights/values.ts'
import { GRADIENT } from './accumulate.ts'
import { checkArrays } from './check-data.ts'
import { checkAllLabels } from './check-heads.ts'
import {
  type ClassWeightsByOutput,
  checkClassWeights,
  classWeightsGiven,
  classWeightsOf,
} from './class-weights-of.ts'
import type { OutputHead } from './compile.ts'
import { hasOwnStep } from './custom-step.ts'
import { forwardOf } from './forward.ts'
import { batchSpec, labelsOf, modelInputs } from './inputs.ts'
import { judgedBy } from './metric-sums.ts'
import { lossesOf, penaltyOf, totalOf, withOutcomes } from './objective.ts'
import { checkCount, ensureBuilt } from './prepare.ts'
import { trainProgram } from './programs.ts'
import { checkOutputs, readingOf, settle } from './reading.ts'
import type { Trainable } from './trainable.ts'

/** What step to capture. */
export interface TrainingStepOptions {
  /** Rows of a batch, which is fixed; 32 by default. */
  readonly batchSize?: number | undefined
  readonly augmentations?: readonly Augmentation[] | undefined
  readonly classWeights?: ClassWeightsByOutput | undefined
  /** In how many parts a batch is computed where the step is split; undefined for no split. */
  readonly parts?: number | undefined
  /** How many steps the schedule is for; 1 by default. */
  readonly steps?: number | undefined
  /** Version of the standard operator set; default 17. */
  readonly opset?: number | undefined
}

/** A training step as graphs of standard ONNX, and the state that goes in and out of them. */
export interface TrainingStep {
  /** State, `inputs`, `labels`, `learningRate`, `step`, `seed` to the next state and `loss`. Fields by name are `inputs/NAME` and `labels/NAME`; samples with weights have `weights`. */
  readonly train: Graph
  /** Weights, `inputs`, `labels` to `loss` and `predictions`, or `predictions/NAME`. */
  readonly evaluate: Graph
  /** Where the step is split: what `train` takes, for a part of a batch, to `loss` and `gradient/WEIGHT`. Moving statistics are updated. */
  readonly gradients?: Graph
  /** Where the step is split: state, `gradient/WEIGHT`, `learningRate` and `step` to the next state. */
  readonly update?: Graph
  /** Everything that the graphs read or write, by the name of the input. */
  readonly state: ReadonlyMap<string, StoredTensor>
  readonly batchSize: number
  /** Rows of a part. */
  readonly partSize: number
  /** What the optimizer's schedule says, step by step; one number for a rate that stays. */
  readonly learningRates: readonly number[]
}

/** Sums that metrics are computed from: files have none. */
const ACCUMULATED = 'train/'

/**
 * Captures the training step of a model in standard ONNX alone. The model stays as it is.
 *
 * @param model compiled.
 * @throws ConfigError for samples or options that do not fit.
 * @throws EngineError for a step that has no meaning in ONNX.
 */
export async function captureTrainingStep(
  model: Trainable,
  samples: Samples,
  options: TrainingStepOptions = {},
): Promise<TrainingStep> {
  const { batchSize = 32, augmentations, parts, opset = 17 } = options
  const where = 'captureTrainingStep'
  checkCount(where, 'batchSize', batchSize)
  if (parts !== undefined) checkCount(where, 'parts', parts)
  if (parts !== undefined && batchSize % parts !== 0) {
    throw new ConfigError({
      where,
      expected: `a batch of ${batchSize} must have as many rows in each of its \`parts\``,
      given: parts,
    })
  }
  if (hasOwnStep(model)) {
    throw new ConfigError({
      where,
      expected: `the step must be one of a loss and an optimizer, and ${model.getClassName()} has a trainStep of its own`,
    })
  }
  await tf.ready()
  startBackend()
  const given = model.compiled(where)
  checkArrays(where, samples)
  ensureBuilt(model, samples)
  const compiled = { ...given, slots: {}, steps: 0, updates: 0, gathered: 0 }
  settle(compiled, model, samples)
  // Files have no metrics.
  compiled.heads = compiled.heads.map((head) => ({ ...head, metrics: [] }))
  const { heads } = compiled
  checkOutputs(where, model, heads, samples.info)
  checkClassWeights(where, compiled, options.classWeights)
  const forward = forwardOf(model, samples.info)
  const areWeighed = (head: OutputHead) =>
    classWeightsGiven(options.classWeights, head) !== undefined
  checkAllLabels(where, compiled, samples, forward, areWeighed)
  const program = trainProgram(model, compiled, samples, {
    augmentations,
    classWeights: classWeightsOf(where, model, compiled, samples, options.classWeights),
  })
  try {
    const variables = new Map<string, tf.Variable>(Object.entries(program.variables))
    const lowered = (each: Program, rows: number): Graph => {
      const { graph } = withSequenceLoops(() =>
        captureSteady((inputs) => each.run(inputs), {
          inputs: each.inputs(rows),
          variables: Object.fromEntries(variables),
          nameVariable: (variable) => {
            const name = `variables/${variable.name}`
            variables.set(name, variable)
            return name
          },
        }),
      )
      graph.outputs = graph.outputs.filter(
        ({ name, state }) => !(state && name.startsWith(ACCUMULATED)),
      )
      return withoutUnread(optimize(graph, portableTarget(opset)))
    }
    const train = lowered(program, batchSize)
    const partSize = batchSize / (parts ?? 1)
    const evaluate = lowered(evaluation(model, heads, samples), batchSize)
    const halves = parts === undefined ? undefined : program.halves
    const gradients = halves && lowered(halves.gradients, partSize)
    const update = gradients && lowered(halves!.update(weightsOf(gradients)), partSize)
    const graphs = [train, evaluate, ...(gradients ? [gradients] : []), ...(update ? [update] : [])]
    const names = new Set(
      graphs.flatMap(({ inputs, outputs }) =>
        [...inputs, ...outputs].filter(({ state }) => state).map(({ name }) => name),
      ),
    )
    const state = [...variables].filter(([name]) => names.has(name))
    return {
      train,
      evaluate,
      ...(gradients && { gradients }),
      ...(update && { update }),
      state: new Map(state.map(([name, variable]) => [name, stored(variable)])),
      batchSize,
      partSize,
      learningRates: ratesOf(compiled.optimizer.learningRate, options.steps ?? 1),
    }
  } finally {
    program.dispose()
  }
}

/** Loss and outputs of a batch, without training. */
function evaluation(model: Trainable, heads: readonly OutputHead[], samples: Samples): Program {
  const { info } = samples
  const readings = heads.map((head) => readingOf(model, head, info))
  return {
    name: 'evaluate',
    inputs: (rows) => batchSpec(samples, rows),
    run: (feeds) =>
      withOutcomes(
        model,
        modelInputs(feeds, info),
        { labels: labelsOf(feeds, info), heads, readings, training: false },
        (found) => {
          const outcomes = lossesOf(found, feeds.weights)
          const mean = tf.mean(totalOf(outcomes))
          const penalty = penaltyOf(model)
          const predictions = outcomes.map((each) => [
            each.head.name === undefined ? 'predictions' : `predictions/${each.head.name}`,
            judgedBy(each).predictions,
          ])
          return {
            loss: penalty === undefined ? mean : tf.add(mean, penalty),
            ...(Object.fromEntries(predictions) as Record<string, tf.Tensor>),
          }
        },
      ),
  }
}

/** Names of the weights that a graph gives the derivatives by. */
function weightsOf({ outputs }: Graph): string[] {
  const start = `${GRADIENT}/`
  return outputs
    .filter(({ name, state }) => !state && name.startsWith(start))
    .map(({ name }) => name.slice(start.length))
}

/** Inputs that nothing reads are left out, but for those that whoever feeds the graph has anyway. */
function withoutUnread(graph: Graph): Graph {
  const uses = ir.countUses(graph)
  graph.inputs = graph.inputs.filter(
    ({ value, state, name }) => uses.has(value) || (!state && name !== 'keep'),
  )
  return graph
}

function ratesOf(schedule: Schedule, steps: number): number[] {
  const all = Array.from({ length: steps }, (_, step) => schedule.at(step, steps))
  return all.every((each) => each === all[0]) ? all.slice(0, 1) : all
}

function stored(variable: tf.Variable): StoredTensor {
  return storedTensor(variable.dataSync().slice() as StoredTensor['data'], variable.shape)
}
