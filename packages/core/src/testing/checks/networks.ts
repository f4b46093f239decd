import { strict as assert } from 'node:assert'
import { openContainer } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import type { Engine } from '../../engines/engine.ts'
import { meanSquaredError } from '../../losses/mean-squared-error.ts'
import { asModel } from '../../model/as-model.ts'
import type { Model } from '../../model/model.ts'
import { sgd } from '../../optimizers/sgd.ts'
import { weightVariables } from '../../training/programs.ts'
import type { Bench, Check } from '../bench.ts'
import { checkDerivatives } from '../derivatives.ts'
import { madeTargets } from '../made-samples.ts'
import { norm, normalNumbers, sizeOf } from '../numbers.ts'
import { portableOutputs } from '../portable-outputs.ts'
import { withoutLeaks } from '../without-leaks.ts'
import { engines } from './engines-at-hand.ts'

type Network = 'block' | 'model'

/** Largest allowed difference of two ways to compute, as a part of the largest number. */
const TOLERANCE = 1e-3

/** The same for what a training step changes: gradients of many layers magnify rounding. */
const STEP_TOLERANCE = 1e-2

/**
 * Batches that a deep network is tried on. A ReLU whose input lies within rounding of zero may be on for one engine and off for another, and
 * the layers before it carry that on: the last digit of an input changes a step of ResNet-50 by a tenth. That happens with some batches;
 * a wrong derivative shows with all.
 */
const DEEP_TRIES = 4

/** More than one sample: one that is unlike sizes found in networks for other reasons. */
const BATCH = 3

/** Samples of a training step. */
const STEP_BATCH = 4

/** Of deep networks, which normalize planes of one pixel: over too few numbers that magnifies rounding most of all. */
const DEEP_STEP_BATCH = 8

/** What every block and model must keep. */
export const networkChecks: readonly Check<Network>[] = [
  {
    name: 'gives the shape that it declares, at batch 1 and more',
    run(bench) {
      using(bench, (model) => {
        const declared = model.computeOutputShape([null, ...bench.example.inputShape])
        for (const batch of [1, BATCH]) {
          tf.tidy(() => {
            const output = model.apply(inputOf(bench, batch))
            assert.deepEqual([null, ...output.shape.slice(1)], declared)
            assert.equal(output.shape[0], batch)
            assert.ok([...output.dataSync()].every(Number.isFinite), 'the output must be finite')
          })
        }
      })
    },
  },
  {
    name: 'has as many parameters as the example says, under names of their own',
    run(bench) {
      using(bench, (model) => {
        const weights = model.namedWeights()
        const total = weights.reduce((sum, { variable }) => sum + variable.size, 0)
        assert.equal(total, bench.example.parameters)
        assert.equal(model.summary().parameters.total, bench.example.parameters)
        assert.equal(new Set(weights.map(({ name }) => name)).size, weights.length)
      })
    },
  },
  {
    name: 'has the weights of its seed and options',
    run(bench) {
      const [first, again] = [1, 1].map((seed) => using(bench, numbersOf, seed))
      assert.deepEqual(again, first)
    },
  },
  {
    name: 'lets no sample look at another when it is not training',
    run(bench) {
      using(bench, (model) => {
        tf.tidy(() => {
          const input = inputOf(bench, BATCH)
          const together = model.apply(input).dataSync()
          const alone = tf.split(input, BATCH).map((one) => model.apply(one))
          near(tf.concat(alone).dataSync(), together)
        })
      })
    },
  },
  {
    name: 'has the derivatives of central differences',
    async run(bench) {
      if (bench.example.deep) return
      await usingAsync(bench, async (model) => {
        const input = tf.variable(tf.tidy(() => inputOf(bench, 2 * BATCH)))
        try {
          const { trained, others } = variablesOf(model)
          await checkDerivatives({
            variables: { input, ...trained },
            others,
            run: () => model.apply(input, { training: true }),
          })
        } finally {
          input.dispose()
        }
      })
    },
  },
  {
    name: 'trains one step alike with each engine, and leaves no tensors',
    async run(bench) {
      const [first, ...others] = engines(bench.registry)
      const compare = async (batch: string) => {
        const expected = await stepOf(bench, first!, { batch })
        // Engines draw numbers of their own: a network with dropout repeats itself on each, no more.
        const draws = differ(await stepOf(bench, first!, { batch, seed: 2 }), expected)
        for (const engine of others) {
          const found = await stepOf(bench, engine, { batch })
          nearChanges(found, draws ? await stepOf(bench, engine, { batch }) : expected)
        }
        nearChanges(await stepOf(bench, first!, { batch }), expected)
      }
      await anyOf(bench.example.deep ? DEEP_TRIES : 1, (index) => compare(`batch ${index}`))
    },
  },
  {
    name: 'is the same as standard ONNX, at batch 1 and more',
    async run(bench) {
      await usingAsync(bench, async (model) => {
        const inputs = [1, BATCH].map((batch) =>
          tf.tidy(() => inputOf(bench, batch).dataSync().slice() as Float32Array),
        )
        const found = await portableOutputs((x) => model.apply(x), bench.example.inputShape, inputs)
        for (const [i, numbers] of found.entries()) {
          const shape = [i === 0 ? 1 : BATCH, ...bench.example.inputShape]
          near(
            numbers,
            tf.tidy(() => model.apply(tf.tensor(inputs[i]!, shape)).dataSync().slice()),
          )
        }
      })
    },
  },
  {
    name: 'goes through every exporter',
    async run(bench) {
      const container = openContainer(bench.registry, { seed: 0, folder: bench.folder })
      await usingAsync(bench, async (model) => {
        for (const name of bench.registry.names('exporter')) {
          const exporter = container.create('exporter', { name }, name)
          await model.export(`${bench.folder}/model.${exporter.name}`, exporter)
        }
      })
    },
  },
]

/** What a step is made with. */
interface StepOptions {
  /** Batches of different names hold different numbers. */
  readonly batch: string
  /** Of dropout and the like, 1 by default. */
  readonly seed?: number
}

/** What one step of an engine on made-up data changes, weight by weight. */
function stepOf(
  bench: Bench<Network>,
  engine: Engine,
  { batch, seed = 1 }: StepOptions,
): Promise<number[][]> {
  return withoutLeaks(() =>
    usingAsync(bench, async (model) => {
      const before = numbersOf(model)
      const { inputShape, deep } = bench.example
      const [, ...labelShape] = model.computeOutputShape([1, ...inputShape]) as number[]
      const length = deep ? DEEP_STEP_BATCH : STEP_BATCH
      const samples = madeTargets(length, inputShape, labelShape, batch)
      model.compile({ optimizer: sgd({ learningRate: 0.01 }), loss: meanSquaredError() })
      await model.fit(samples, { batchSize: length, epochs: 1, engine, seed, shuffle: false })
      const changes = numbersOf(model).map((numbers, i) =>
        numbers.map((value, j) => value - before[i]![j]!),
      )
      assert.ok(Math.max(...changes.map(norm)) > 0, 'the step changed nothing')
      return changes
    }),
  )
}

/** Repeats what fails, on something else; the last failure counts. */
async function anyOf(tries: number, attempt: (index: number) => Promise<void>): Promise<void> {
  for (let index = 0; ; index++) {
    try {
      return await attempt(index)
    } catch (error) {
      if (index === tries - 1) throw error
    }
  }
}

function differ(some: readonly number[][], others: readonly number[][]): boolean {
  return some.some((numbers, i) => numbers.some((value, j) => value !== others[i]![j]))
}

/** Makes the network, builds it for the example, and frees it afterwards. */
function open(bench: Bench<Network>, seed: number): Model {
  const model = asModel(bench.create())
  if (!model.built) {
    model.seed = seed
    model.build([null, ...bench.example.inputShape])
  }
  return model
}

function using<T>(bench: Bench<Network>, fn: (model: Model) => T, seed = 1): T {
  const model = open(bench, seed)
  try {
    return fn(model)
  } finally {
    model.dispose()
  }
}

async function usingAsync<T>(bench: Bench<Network>, fn: (model: Model) => Promise<T>): Promise<T> {
  const model = open(bench, 1)
  try {
    return await fn(model)
  } finally {
    model.dispose()
  }
}

function inputOf({ example }: Bench<Network>, batch: number): tf.Tensor {
  const { inputShape } = example
  const numbers = normalNumbers(batch * sizeOf(inputShape), 'input')
  return tf.tensor(numbers, [batch, ...inputShape])
}

function variablesOf(model: Model) {
  const all = Object.values(weightVariables(model))
  const weights = model.namedWeights()
  const pick = (wanted: boolean) =>
    Object.fromEntries(
      weights.flatMap(({ name, trainable }, i) => (trainable === wanted ? [[name, all[i]!]] : [])),
    )
  return { trained: pick(true), others: pick(false) }
}

function numbersOf(model: Model): number[][] {
  return model.namedWeights().map(({ variable }) => [...variable.dataSync()])
}

/** Holds changes of weights against each other. A weight with no gradient to speak of changes by rounding alone. */
function nearChanges(found: readonly number[][], expected: readonly number[][]): void {
  const largest = Math.max(...expected.flat().map(Math.abs))
  for (const [i, numbers] of found.entries()) {
    near(numbers, expected[i]!, STEP_TOLERANCE, 1e-3 * largest)
  }
}

/** Holds numbers against each other, as parts of the largest one. */
function near(
  found: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number = TOLERANCE,
  absolute: number = 1e-6,
): void {
  assert.equal(found.length, expected.length)
  let largest = 0
  let worst = 0
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!))
    const difference = Math.abs(found[i]! - expected[i]!)
    // NaN counts as the worst there is.
    if (!(difference <= worst)) worst = difference
  }
  assert.ok(
    worst <= tolerance * largest + absolute,
    `differ by up to ${worst}, where the largest number is ${largest}`,
  )
}
