import {
  type ArraySamples,
  type Engine,
  type Loss,
  type Model,
  meanSquaredError,
  type Optimizer,
  onnxruntimeEngine,
  type Plugin,
  sgd,
  sparseCategoricalCrossentropy,
} from '@ashlar/core'
import seedrandom from 'seedrandom'
import { tensorflowEngine } from '../../../src/engine/tensorflow.ts'
import { MOST_STEP_TOLERANCE, near, ROUNDING, STEP_TOLERANCE } from './compare.ts'

/** What a plugin needs to make something small: 4 for what has no default, and no dropout, whose draws differ between engines. */
export function smallOptions({ name, options }: Plugin): {
  readonly name: string
  readonly [option: string]: unknown
} {
  const needed = Object.entries(options.shape).filter(
    ([, schema]) =>
      !(schema as { safeParse(value: unknown): { success: boolean } }).safeParse(undefined).success,
  )
  return {
    name,
    ...Object.fromEntries(needed.map(([key]) => [key, 4])),
    ...('dropout' in options.shape && { dropout: 0 }),
  }
}

/** How to train for a comparison. */
export interface Trial {
  readonly optimizer?: Optimizer
  readonly loss?: Loss
  readonly samples?: ArraySamples
  readonly steps?: number
}

/**
 * Trains the same network by both engines and holds the weights against each other, as parts of how far they have moved. Where they differ by more
 * than usual, TensorFlow trains once more on inputs that differ in their last digits: a deep network may carry on rounding errors
 * that far; if this one does, {@link MOST_STEP_TOLERANCE} holds.
 */
export async function sameSteps(make: () => Model, trial: Trial): Promise<void> {
  const { samples = classes(8) } = trial
  const expected = await movesOf(make, trial, samples, tensorflowEngine())
  const found = await movesOf(make, trial, samples, onnxruntimeEngine())
  const furthest = Math.max(...expected.map(magnitude))
  if (!(furthest > 0)) throw new Error('no weight has moved')
  const largest = (moves: readonly Float32Array[]) =>
    Math.max(
      ...moves.map((moved, i) => magnitude(moved.map((value, j) => value - expected[i]![j]!))),
    )
  let tolerance = STEP_TOLERANCE
  if (largest(found) > tolerance * furthest) {
    const inputs = Float32Array.from(samples.inputs, (value, i) => value * (1 + 1e-6 * (i % 3)))
    const again = await movesOf(make, trial, { ...samples, inputs }, tensorflowEngine())
    const explained = (ROUNDING * largest(again)) / furthest
    if (explained > tolerance) tolerance = MOST_STEP_TOLERANCE
  }
  for (const [i, moved] of expected.entries()) near(found[i]!, moved, tolerance, furthest)
}

/** How far each weight is from where it began. */
async function movesOf(
  make: () => Model,
  trial: Trial,
  samples: ArraySamples,
  engine: Engine,
): Promise<Float32Array[]> {
  const { optimizer = sgd({ learningRate: 0.1 }), steps = 4 } = trial
  const loss =
    trial.loss ??
    (samples.info.labelShape.length === 0 ? sparseCategoricalCrossentropy() : undefined)
  const model = make()
  if (!model.built) {
    model.seed = 3
    model.build([null, ...samples.info.inputShape])
  }
  const [, ...labelShape] = model.computeOutputShape([1, ...samples.info.inputShape])
  const data = loss === undefined ? targetsFor(samples, labelShape as number[]) : samples
  const before = weightsOf(model)
  model.compile({ optimizer, loss: loss ?? meanSquaredError() })
  await model.fit(data, { batchSize: data.length, epochs: steps, shuffle: false, engine })
  const after = weightsOf(model)
  model.dispose()
  return after.map((numbers, i) => numbers.map((value, j) => value - before[i]![j]!))
}

function weightsOf(model: Model): Float32Array[] {
  return model.namedWeights().map(({ variable }) => Float32Array.from(variable.dataSync()))
}

function magnitude(numbers: Float32Array): number {
  let largest = 0
  for (const value of numbers) largest = Math.max(largest, Math.abs(value))
  return largest
}

function numbers(length: number, seed: string): Float32Array {
  const random = seedrandom.alea(seed)
  return Float32Array.from({ length }, () => random() * 2 - 1)
}

const ANY = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/**
 * Samples without labels: targets of the output's shape are made up for them.
 *
 * @param vocabulary makes whole numbers below it; numbers from -1 to 1 when left out.
 */
export function noise(
  length: number,
  inputShape: readonly number[],
  seed = 'inputs',
  vocabulary?: number,
): ArraySamples {
  const size = inputShape.reduce((product, each) => product * each, 1)
  const drawn = numbers(length * size, seed)
  return {
    inputs:
      vocabulary === undefined
        ? drawn
        : drawn.map((each) => Math.floor(((each + 1) / 2) * vocabulary)),
    labels: new Float32Array(0),
    length,
    info: { inputShape, labelShape: [-1], inputDtype: 'float32', inputRange: ANY },
  }
}

function targetsFor(samples: ArraySamples, labelShape: readonly number[]): ArraySamples {
  const size = labelShape.reduce((product, each) => product * each, 1)
  const labels = numbers(samples.length * size, 'targets')
  return { ...samples, labels, info: { ...samples.info, labelShape } }
}

export function classes(length: number): ArraySamples {
  const samples = noise(length, [9])
  const labels = Uint8Array.from({ length }, (_, i) => i % 3)
  return { ...samples, labels, info: { ...samples.info, labelShape: [] } }
}

export function oneHot(samples: ArraySamples): ArraySamples {
  const labels = new Float32Array(samples.length * 3)
  for (const [row, label] of samples.labels.entries()) labels[row * 3 + label] = 1
  return { ...samples, labels, info: { ...samples.info, labelShape: [3] } }
}

/** Labels of one or two places, which a 0 fills up. */
export function sequences(length: number): ArraySamples {
  const samples = noise(length, [9])
  const labels = Uint8Array.from({ length: 2 * length }, (_, i) => (i % 4 === 3 ? 0 : 1 + (i % 2)))
  return { ...samples, labels, info: { ...samples.info, labelShape: [2] } }
}
