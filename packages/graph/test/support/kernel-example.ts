import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import seedrandom from 'seedrandom'
import * as assert from 'uvu/assert'
import { type CaptureInput, capture } from '../../src/capture/capture.ts'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import type { Graph, TypedArray } from '../../src/ir/index.ts'
import type { ChooseForm } from '../../src/lower/forms.ts'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import type { ExampleInput, KernelDeclaration, KernelExample } from '../../src/ops/declaration.ts'
import { optimize } from '../../src/passes/optimize.ts'
import { compile } from '../../src/run/compile.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from './close-to.ts'

type Named = Record<string, tf.Tensor>

/** Runs an example on tfjs's CPU backend and, captured and lowered for a target, on onnxruntime; both must agree. */
export async function checkExample(
  declaration: KernelDeclaration,
  example: KernelExample,
  target: Target = portableTarget(),
  choose?: ChooseForm,
): Promise<void> {
  const program = (inputs: Named) => named(callKernel(declaration.kernel, inputs, example))
  const { graph, results } = declaration.givesSizes
    ? await runOfFreeSizes(program, example.inputs, target)
    : await runCaptured(program, example.inputs, target, choose)
  const expected = example.expected ?? eagerly(program, example.inputs, graph.outputs)
  for (const [index, numbers] of expected.entries()) {
    closeTo(results[`output${index}`]!, numbers, example.tolerance)
  }
  assert.is(graph.outputs.length, expected.length, 'number of outputs')
}

/** What `program` gives on tfjs's CPU backend; shapes and types must be those of the captured outputs. */
export function eagerly(
  program: (inputs: Named) => Named,
  inputs: KernelExample['inputs'],
  outputs: Awaited<ReturnType<typeof runCaptured>>['graph']['outputs'],
): TypedArray[] {
  const tensors = tf.tidy(() => program(tensorsOf(inputs)))
  return outputs.map(({ name, value }) => {
    const tensor = tensors[name]!
    const sizes = value.shape.map((size, axis) =>
      typeof size === 'number' ? size : tensor.shape[axis],
    )
    assert.equal(sizes, tensor.shape, 'inferred shape')
    assert.is(value.dtype, tensor.dtype, 'inferred dtype')
    const numbers = tensor.dataSync() as TypedArray
    tensor.dispose()
    return numbers
  })
}

/** A program captured, lowered for a target and run by onnxruntime. */
export async function runCaptured(
  program: (inputs: Named) => Named,
  inputs: KernelExample['inputs'],
  target: Target,
  choose?: ChooseForm,
) {
  const entries = Object.entries(inputs)
  const graph = captureExample(program, inputs)
  const compiled = await compile(graph, { target, ...(choose && { choose }) })
  const data = Object.fromEntries(entries.map(([name, input]) => [name, numbers(input, name)]))
  const results = await compiled.run(data)
  await compiled.dispose()
  return { graph, results }
}

/** The same of a program whose results are as large as the numbers say. */
async function runOfFreeSizes(
  program: (inputs: Named) => Named,
  inputs: KernelExample['inputs'],
  target: Target,
) {
  const graph = captureDynamic(program, { inputs: captureInputs(inputs) })
  const bytes = writeOnnx(optimize(graph, target), {
    opset: 17,
    dimName: ({ key }) => `d${key}`,
  })
  const session = await createSession(bytes)
  const feeds = Object.entries(inputs).map(([name, input]) => {
    const { shape, dtype = 'float32' } = input
    return [name, new ort.Tensor(dtype as 'float32', numbers(input, name) as Float32Array, shape)]
  })
  const outputs = await session.run(Object.fromEntries(feeds))
  await session.release()
  const results = Object.fromEntries(
    Object.entries(outputs).map(([name, { data }]) => [name, data as TypedArray]),
  )
  return { graph, results }
}

/** Captures a program with inputs as examples have them. */
export function captureExample(
  program: (inputs: Named) => Named,
  inputs: KernelExample['inputs'],
): Graph {
  return capture(program, { inputs: captureInputs(inputs) })
}

function captureInputs(inputs: KernelExample['inputs']): Record<string, CaptureInput> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, dtype = 'float32' }]) => [
      name,
      { shape, dtype: dtype as 'float32' },
    ]),
  )
}

/** The outputs of one kernel call, as a list. */
export function callKernel(kernel: string, inputs: Named, { attrs }: KernelExample): tf.Tensor[] {
  const given = '0' in inputs ? Object.values(inputs) : inputs
  const output = tf.engine().runKernel(kernel, given as never, (attrs ?? {}) as never) as unknown
  return (Array.isArray(output) ? output : [output]) as tf.Tensor[]
}

function named(outputs: readonly tf.Tensor[]): Named {
  return Object.fromEntries(outputs.map((output, index) => [`output${index}`, output]))
}

/** The inputs of an example as tensors of the current backend. */
export function tensorsOf(inputs: KernelExample['inputs']): Named {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, input]) => [
      name,
      tf.tensor(numbers(input, name) as never, [...input.shape], input.dtype ?? 'float32'),
    ]),
  )
}

/** The numbers of an example input: its own, or made up from a seed of its name. */
export function numbers(input: ExampleInput, name: string): TypedArray {
  const size = input.shape.reduce((product, each) => product * each, 1)
  const dtype = input.dtype ?? 'float32'
  const array = dtype === 'float32' ? Float32Array : dtype === 'int32' ? Int32Array : Uint8Array
  if (input.values !== undefined) return array.from(Array.from(input.values, Number))
  const random = seedrandom.alea(name)
  const [low, high] =
    input.range ?? (dtype === 'float32' ? [-2, 2] : dtype === 'int32' ? [0, 5] : [0, 1])
  const draw = () => low + random() * (high - low)
  const drawn = () => (dtype === 'float32' ? draw() : Math.round(draw()))
  return array.from(Array.from({ length: size }, drawn))
}
