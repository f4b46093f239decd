import { blocks } from '@ashlar/blocks'
import {
  asModel,
  corePlugins,
  type Engine,
  type Loss,
  layers,
  Model,
  meanSquaredError,
  type Optimizer,
  onnxruntimeEngine,
  openContainer,
  type Plugin,
  Registry,
  type Samples,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import { testPlugins } from '@ashlar/core/testing'
import type { LayersModel, Tensor } from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { suite } from 'uvu'
import { nativePlugins, tensorflowEngine } from '../../src/engine/tensorflow.ts'
import { near, STEP_TOLERANCE } from './support/compare.ts'
import { whereInstalled } from './support/installed.ts'

const test = suite('training steps: onnxruntime equals TensorFlow')
const check = await whereInstalled(test)

// What every engine must keep.
testPlugins(check as (name: string, run: () => Promise<void>) => unknown, nativePlugins, {})

const registry = new Registry().register(blocks, '@ashlar/blocks').register(corePlugins, 'core')
const container = openContainer(registry, { seed: 5, folder: process.cwd() })

const ANY = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/** Options of plugins that have no default for all of theirs. */
const OPTIONS: Readonly<Record<string, object>> = {
  identity: { filters: 4 },
  projection: { filters: 4 },
}

/** One sample where it is not one of MNIST. */
const INPUT_SHAPES: Readonly<Record<string, readonly number[]>> = {
  identity: [6, 6, 4],
  projection: [6, 6, 3],
}

/** A little network on nine numbers with three classes. */
class Small extends Model {
  readonly hidden = layers.dense({ units: 7, activation: 'tanh' })
  readonly head = layers.dense({ units: 3, activation: 'softmax' })

  override call(x: Tensor): Tensor {
    return this.head.apply(this.hidden.apply(x))
  }
}

for (const { kind, name } of [...blocks, ...corePlugins] as readonly Plugin[]) {
  const create = <T>() =>
    container.create(kind, { name, ...OPTIONS[name] }, `${kind} ${name}`) as unknown as T
  if (kind === 'block' || kind === 'model') {
    check(`a step of ${kind} ${name}`, () =>
      sameSteps(() => asModel(create<Model | LayersModel>()), {
        samples: noise(4, INPUT_SHAPES[name] ?? [28, 28, 1]),
        optimizer: sgd({ learningRate: 0.01 }),
        steps: 1,
      }),
    )
  } else if (kind === 'optimizer') {
    check(`steps of optimizer ${name}`, () =>
      sameSteps(() => new Small(), { optimizer: create<Optimizer>() }),
    )
  } else if (kind === 'loss') {
    const samples = name.startsWith('sparse') ? classes(8) : oneHot(classes(8))
    check(`steps with loss ${name}`, () =>
      sameSteps(() => new Small(), { loss: create<Loss>(), samples }),
    )
  }
}

interface Trial {
  readonly optimizer?: Optimizer
  readonly loss?: Loss
  readonly samples?: Samples
  readonly steps?: number
}

/** Trains the same network by both engines and holds the weights against each other, as parts of how far they have moved. */
async function sameSteps(make: () => Model, trial: Trial): Promise<void> {
  const { samples = classes(8), steps = 4 } = trial
  const {
    loss = samples.info.labelShape.length === 0 ? sparseCategoricalCrossentropy() : undefined,
  } = trial
  const trained = async (engine: Engine) => {
    const model = make()
    if (!model.built) {
      model.seed = 3
      model.build([null, ...samples.info.inputShape])
    }
    const [, ...labelShape] = model.computeOutputShape([1, ...samples.info.inputShape])
    const data = loss === undefined ? targetsFor(samples, labelShape as number[]) : samples
    const before = weightsOf(model)
    model.compile({
      optimizer: trial.optimizer ?? sgd({ learningRate: 0.1 }),
      loss: loss ?? meanSquaredError(),
    })
    await model.fit(data, { batchSize: data.length, epochs: steps, shuffle: false, engine })
    const after = weightsOf(model)
    model.dispose()
    return after.map((numbers, i) => numbers.map((value, j) => value - before[i]![j]!))
  }
  const expected = await trained(tensorflowEngine())
  const found = await trained(onnxruntimeEngine())
  const furthest = expected.flat().reduce((most, moved) => Math.max(most, Math.abs(moved)), 0)
  if (!(furthest > 0)) throw new Error('no weight has moved')
  for (const [i, moved] of expected.entries()) near(found[i]!, moved, STEP_TOLERANCE, furthest)
}

function weightsOf(model: Model): number[][] {
  return model.namedWeights().map(({ variable }) => [...variable.dataSync()])
}

function numbers(length: number, seed: string): Float32Array {
  const random = seedrandom.alea(seed)
  return Float32Array.from({ length }, () => random() * 2 - 1)
}

/** Samples without labels yet. */
function noise(length: number, inputShape: readonly number[]): Samples {
  const size = inputShape.reduce((product, each) => product * each, 1)
  return {
    inputs: numbers(length * size, 'inputs'),
    labels: new Float32Array(0),
    length,
    info: { inputShape, labelShape: [-1], inputDtype: 'float32', inputRange: ANY },
  }
}

function targetsFor(samples: Samples, labelShape: readonly number[]): Samples {
  const size = labelShape.reduce((product, each) => product * each, 1)
  const labels = numbers(samples.length * size, 'targets')
  return { ...samples, labels, info: { ...samples.info, labelShape } }
}

function classes(length: number): Samples {
  const samples = noise(length, [9])
  const labels = Uint8Array.from({ length }, (_, i) => i % 3)
  return { ...samples, labels, info: { ...samples.info, labelShape: [] } }
}

function oneHot(samples: Samples): Samples {
  const labels = new Float32Array(samples.length * 3)
  for (const [row, label] of samples.labels.entries()) labels[row * 3 + label] = 1
  return { ...samples, labels, info: { ...samples.info, labelShape: [3] } }
}

test.run()
