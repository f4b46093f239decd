import * as tf from '@tensorflow/tfjs'
import type { ExampleInput, KernelExample } from '../ops/declaration.ts'
import { listKernels } from '../ops/registry.ts'
import { repairTfjs } from './repair.ts'

/** Largest difference, as a part of the largest number, that is still rounding. */
const TOLERANCE = 1e-3

const known = new Map<string, readonly string[]>()

/**
 * The kernels that a tfjs backend computes wrong, among those that tfjs's own JavaScript had wrong: other backends of tfjs's copied many of these. Each is
 * called as its examples in the op table say, there and in JavaScript as it was put right. The backend must have started; the current one stays.
 */
export async function wrongKernels(backend: string): Promise<readonly string[]> {
  repairTfjs()
  const found = known.get(backend) ?? (await compare(backend))
  known.set(backend, found)
  return found
}

async function compare(backend: string): Promise<readonly string[]> {
  const before = tf.getBackend()
  try {
    const calls = listKernels().flatMap(({ kernel, examples, wrongInTfjs }) =>
      wrongInTfjs === undefined || tf.getKernel(kernel, backend) === undefined
        ? []
        : examples.map((example) => ({ kernel, example })),
    )
    await tf.setBackend('cpu')
    const right = calls.map(({ kernel, example }) => results(kernel, example))
    await tf.setBackend(backend)
    const wrong = calls.filter(({ kernel, example }, index) => {
      try {
        return !agree(results(kernel, example), right[index]!)
      } catch {
        // It refuses the call in its own words, as it will when a program makes it.
        return false
      }
    })
    return [...new Set(wrong.map(({ kernel }) => kernel))]
  } finally {
    await tf.setBackend(before)
  }
}

function results(kernel: string, { inputs, attrs }: KernelExample): Float32Array[] {
  return tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, input], at) => [name, tensor(input, at)])
    const given = Object.fromEntries(tensors) as tf.NamedTensorMap
    const called = tf.engine().runKernel(kernel, given, (attrs ?? {}) as never) as unknown
    const outputs = (Array.isArray(called) ? called : [called]) as tf.Tensor[]
    return outputs.map((output) => Float32Array.from(output.dataSync()))
  })
}

function tensor({ shape, dtype = 'float32', values, range }: ExampleInput, at: number): tf.Tensor {
  if (values !== undefined) return tf.tensor(values.map(Number), [...shape], dtype as 'float32')
  const [low, high] = range ?? [-2, 2]
  const drawn = tf.randomUniform([...shape], low, high, 'float32', at + 1)
  return dtype === 'float32' ? drawn : tf.cast(tf.floor(drawn), dtype)
}

function agree(got: readonly Float32Array[], wanted: readonly Float32Array[]): boolean {
  return wanted.every((numbers, output) => {
    const largest = numbers.reduce((most, each) => Math.max(most, Math.abs(each) || 0), 0)
    return numbers.every((each, at) => {
      const other = got[output]![at]!
      return Object.is(each, other) || Math.abs(each - other) <= TOLERANCE * (1 + largest)
    })
  })
}
