import * as tf from '@tensorflow/tfjs'
import type { Engine, Model, Optimizer, Program, Samples } from '../../src/index.ts'
import { lossAndGradients, weightVariables } from '../../src/index.ts'
import type { Compiled } from '../../src/training/compile.ts'
import { batchSpec, scaleInputs } from '../../src/training/inputs.ts'

/** Largest allowed difference between engines, as a part of each tensor's largest magnitude. */
export const TOLERANCE = 1e-4

/** Loss and gradients of one batch by weight name, as an engine computes them. The model is left as it was. */
export async function gradientsBy(
  engine: Engine,
  model: Model,
  compiled: Compiled,
  samples: Samples,
): Promise<Record<string, Float32Array>> {
  const program: Program = {
    name: 'gradients',
    inputs(batchSize) {
      const { inputs, labels } = batchSpec(samples, batchSize)
      return { inputs, labels }
    },
    run({ inputs, labels }) {
      const x = scaleInputs(inputs!, samples.info)
      const { loss, gradients } = lossAndGradients(model, compiled, x, labels!)
      return { loss, ...Object.fromEntries(gradients) }
    },
  }
  const variables = weightVariables(model)
  // Batch norm learns in the forward pass; the next engine must start from the same numbers.
  const before = Object.values(variables).map((variable) => tf.clone(variable))
  const session = await engine.open(variables)
  try {
    const { inputs, labels } = samples
    return (await session.prepare(program).run(samples.length, { inputs, labels })) as Record<
      string,
      Float32Array
    >
  } finally {
    await session.dispose()
    for (const [index, variable] of Object.values(variables).entries()) {
      variable.assign(before[index]!)
    }
    tf.dispose(before)
  }
}

/** Weights and slots after some steps on given gradients, as an engine computes them. */
export async function updatesBy(
  engine: Engine,
  optimizer: Optimizer,
  weight: Float32Array,
  gradients: readonly Float32Array[],
): Promise<Float32Array[]> {
  const variables: Record<string, tf.Variable> = {
    weight: tf.variable(tf.tensor1d(weight.slice())),
  }
  for (const slot of optimizer.slots) variables[slot] = tf.variable(tf.zeros([weight.length]))
  const program: Program = {
    name: 'update',
    inputs: () => ({
      gradient: { shape: [weight.length], dtype: 'float32' },
      learningRate: { shape: [], dtype: 'float32' },
      step: { shape: [], dtype: 'int32' },
    }),
    run({ gradient, learningRate, step }) {
      const time = tf.add(tf.cast(step!, 'float32'), 1)
      const { weight: value, ...slots } = variables
      const next = optimizer.step({ learningRate: learningRate!, time })({
        name: 'weight',
        value: value!,
        gradient: gradient!,
        slots,
      })
      value!.assign(next.value)
      for (const [slot, tensor] of Object.entries(next.slots)) slots[slot]!.assign(tensor)
      return {}
    },
  }
  const session = await engine.open(variables)
  try {
    const prepared = session.prepare(program)
    for (const [step, gradient] of gradients.entries()) {
      await prepared.run(1, {
        gradient,
        learningRate: Float32Array.of(0.1 / (step + 1)),
        step: Int32Array.of(step),
      })
    }
    return Object.keys(variables).map((name) => session.read(name) as Float32Array)
  } finally {
    await session.dispose()
    tf.dispose(variables)
  }
}

/** Throws when two tensors differ by more than {@link TOLERANCE} of the largest magnitude. */
export function sameWithin(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  name: string,
): void {
  let largest = 0
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]!))
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!)
    if (difference <= TOLERANCE * largest) continue
    throw new Error(
      `${name}[${i}]: expected ${expected[i]}, got ${actual[i]}; the largest magnitude is ${largest}`,
    )
  }
}
