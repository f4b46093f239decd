import { type KernelDeclaration, type KernelExample, listKernels, registerOps } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { onTensorflow } from '../../src/load/on-tensorflow.ts'
import { FORWARD_TOLERANCE, GRADIENT_TOLERANCE, near } from './support/compare.ts'
import { differences, MOST_REFUSED, REFUSAL } from './support/differences.ts'
import { whereInstalled } from './support/installed.ts'
import { callKernel, type Named, tensorsOf, throughFile, throughOnnx } from './support/kernel.ts'

registerOps()
const test = suite('kernels: ONNX equals TensorFlow, forward and derivatives')
let cases = 0
const refused: string[] = []
const NO_FLOATS = 'no output is a floating-point number'
const check = await whereInstalled(test)

for (const declaration of listKernels()) {
  const { kernel, lower, gradient, examples } = declaration
  if (typeof lower !== 'function' || tf.getKernel(kernel, 'tensorflow') === undefined) continue
  for (const [index, example] of examples.entries()) {
    const name = `${kernel} ${example.name ?? index}`
    add(name, () => forward(declaration, example))
    if (tf.getGradient(kernel) === undefined) continue
    for (const input of differentiable(example)) {
      if (gradient?.refused?.[input] !== undefined) continue
      add(`${name}, by ${input}`, () => derivative(kernel, example, input))
    }
  }
}

check('tfjs-node is a reference for nearly all of them', () => {
  process.stdout.write(`  tfjs-node refuses ${refused.length} of ${cases}: ${refused.join('; ')}\n`)
  assert.ok(refused.length <= MOST_REFUSED * cases, `${refused.length} of ${cases} are refused`)
})

/** Adds a test; one that is known to differ must differ. */
function add(name: string, run: () => Promise<void>): void {
  const known = differences.find(({ test: given }) =>
    given.endsWith(' by') ? name.startsWith(given) : name === given,
  )
  cases++
  if (known === undefined) {
    check(name, () =>
      run().catch((error: Error) => {
        if (!REFUSAL.test(error.message)) throw error
        refused.push(name)
      }),
    )
    return
  }
  check(`${name} (differs: ${known.reason})`, async () => {
    try {
      await run()
    } catch {
      return
    }
    assert.unreachable('it agrees: take it off the list of differences')
  })
}

async function forward(
  { kernel, givesSizes = false }: KernelDeclaration,
  example: KernelExample,
): Promise<void> {
  const program = (inputs: Named) => named(callKernel(kernel, inputs, example))
  const expected = await onTensorflow(() => eagerly(program, example))
  const found = await (givesSizes ? throughFile : throughOnnx)(program, example)
  for (const [name, numbers] of Object.entries(expected)) {
    near(numbersIn(found[name]!), numbers, example.tolerance ?? FORWARD_TOLERANCE)
  }
}

async function derivative(kernel: string, example: KernelExample, input: string): Promise<void> {
  const program = (inputs: Named) => ({ gradient: gradientBy(kernel, example, inputs, input) })
  if (await hasNone(program, example)) return
  const expected = await onTensorflow(() => eagerly(program, example))
  const found = await throughOnnx(program, example)
  near(numbersIn(found.gradient!), expected.gradient!, example.tolerance ?? GRADIENT_TOLERANCE)
}

/** The inputs that have derivatives. */
function differentiable({ inputs }: KernelExample): string[] {
  return Object.entries(inputs)
    .filter(([, { dtype = 'float32', shape }]) => dtype === 'float32' && !shape.includes(0))
    .map(([name]) => name)
}

/** The derivative of a weighted sum of all outputs: each output counts, none like another. */
function gradientBy(
  kernel: string,
  example: KernelExample,
  inputs: Named,
  input: string,
): tf.Tensor {
  const sum = (x: tf.Tensor) => {
    const outputs = callKernel(kernel, { ...inputs, [input]: x }, example)
    const floats = outputs.filter(({ dtype }) => dtype === 'float32')
    if (floats.length === 0) throw new Error(NO_FLOATS)
    const parts = floats.map((output) => tf.sum(tf.mul(output, weightsFor(output))))
    return tf.addN(parts)
  }
  return tf.grad(sum)(inputs[input]!)
}

function weightsFor({ size, shape }: tf.Tensor): tf.Tensor {
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.cos(i + 1)),
    shape,
  )
}

/** Whether there is no derivative at all: of indices or by them. */
async function hasNone(program: (inputs: Named) => Named, example: KernelExample) {
  try {
    await onTensorflow(() => eagerly(program, example))
    return false
  } catch (error) {
    const { message } = error as Error
    if (message === NO_FLOATS || message.startsWith('Cannot compute gradient')) return true
    throw error
  }
}

function eagerly(
  program: (inputs: Named) => Named,
  example: KernelExample,
): Record<string, number[]> {
  return tf.tidy(() =>
    Object.fromEntries(
      Object.entries(program(tensorsOf(example))).map(([name, tensor]) => [
        name,
        numbersIn(tensor.dataSync()),
      ]),
    ),
  )
}

function named(outputs: readonly tf.Tensor[]): Named {
  return Object.fromEntries(outputs.map((output, index) => [`output${index}`, output]))
}

function numbersIn(data: ArrayLike<number | bigint | string>): number[] {
  return Array.from(data, Number)
}

test.run()
