import * as tf from '@tensorflow/tfjs'
import * as assert from 'uvu/assert'
import type { ArraySamples, Engine, Model, Optimizer, Program } from '../../src/index.ts'
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
  samples: ArraySamples,
): Promise<Record<string, Float32Array>> {
  const program: Program = {
    name: 'gradients',
    inputs(batchSize) {
      const { inputs, labels } = batchSpec(samples, batchSize)
      return { inputs: inputs!, labels: labels! }
    },
    run({ inputs, labels }) {
      const x = scaleInputs(inputs!, samples.info)
      const { loss, gradients } = lossAndGradients(model, compiled, { inputs: x, labels: labels! })
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
): Promise<Record<string, Float32Array>> {
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
    return Object.fromEntries(
      Object.keys(variables).map((name) => [name, session.read(name) as Float32Array]),
    )
  } finally {
    await session.dispose()
    tf.dispose(variables)
  }
}

/** Tensors by name, as two engines computed them. */
type Tensors = Readonly<Record<string, ArrayLike<number>>>

/**
 * Throws when a tensor differs by more than {@link TOLERANCE} of its largest magnitude. A tensor that is zero but for rounding
 * (the derivative by a bias before a batch norm) has none: it must be as small in both.
 */
export function sameWithin(actual: Tensors, expected: Tensors): void {
  assert.equal(Object.keys(actual).sort(), Object.keys(expected).sort())
  const largest = Object.fromEntries(
    Object.entries(expected).map(([name, numbers]) => [name, magnitude(numbers)]),
  )
  const noise = 1e-5 * Math.max(...Object.values(largest))
  for (const [name, numbers] of Object.entries(expected)) {
    const allowed = largest[name]! < noise ? 2 * noise : TOLERANCE * largest[name]!
    for (let i = 0; i < numbers.length; i++) {
      // Written so that NaN differs.
      if (Math.abs(actual[name]![i]! - numbers[i]!) <= allowed) continue
      throw new Error(
        `${name}[${i}]: expected ${numbers[i]}, got ${actual[name]![i]}, largest magnitude ${largest[name]}`,
      )
    }
  }
}

function magnitude(numbers: ArrayLike<number>): number {
  let largest = 0
  for (let i = 0; i < numbers.length; i++) largest = Math.max(largest, Math.abs(numbers[i]!))
  return largest
}
