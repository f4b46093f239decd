import {
  capture,
  captureDynamic,
  compile,
  type KernelExample,
  openOnnx,
  optimize,
  portableTarget,
  type TypedArray,
  writeOnnx,
} from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import seedrandom from 'seedrandom'
import { alwaysGiven } from './differences.ts'

/** Tensors by name. */
export type Named = Record<string, tf.Tensor>

type Input = KernelExample['inputs'][string]

/** The outputs of one kernel call, as a list. */
export function callKernel(kernel: string, inputs: Named, { attrs }: KernelExample): tf.Tensor[] {
  const given = '0' in inputs ? Object.values(inputs) : inputs
  const all = { ...alwaysGiven[kernel], ...attrs }
  const output = tf.engine().runKernel(kernel, given as never, all as never) as unknown
  return (Array.isArray(output) ? output : [output]) as tf.Tensor[]
}

/** The inputs of an example as tensors of the current backend. */
export function tensorsOf({ inputs }: KernelExample): Named {
  return mapped(inputs, (input, name) =>
    tf.tensor(numbersOf(input, name) as never, [...input.shape], input.dtype ?? 'float32'),
  )
}

/** A program captured and run by onnxruntime in the form that a file would have; outputs by name. */
export async function throughOnnx(
  program: (inputs: Named) => Named,
  { inputs }: KernelExample,
): Promise<Readonly<Record<string, TypedArray>>> {
  const graph = capture(program, { inputs: typesOf(inputs) })
  const compiled = await compile(graph)
  try {
    return await compiled.run(mapped(inputs, numbersOf))
  } finally {
    await compiled.dispose()
  }
}

/** The same of a program with outputs as large as the numbers say. */
export async function throughFile(
  program: (inputs: Named) => Named,
  { inputs }: KernelExample,
): Promise<Readonly<Record<string, TypedArray>>> {
  const captured = captureDynamic(program, { inputs: typesOf(inputs) })
  const graph = optimize(captured, portableTarget())
  const dimName = ({ key }: { readonly key: string }) => `size_${key}`
  const file = await openOnnx(writeOnnx(graph, { opset: 17, dimName }))
  try {
    const feeds = mapped(inputs, (input, name) => ({
      shape: input.shape,
      data: numbersOf(input, name),
    }))
    return mapped(await file.run(feeds), ({ data }) => data)
  } finally {
    await file.dispose()
  }
}

function typesOf(inputs: KernelExample['inputs']) {
  return mapped(inputs, ({ shape, dtype = 'float32' }) => ({ shape, dtype: dtype as 'float32' }))
}

/** The numbers of an example input: its own, or made up from a seed of its name. */
function numbersOf(input: Input, name: string): TypedArray {
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

function mapped<A, B>(
  record: Readonly<Record<string, A>>,
  fn: (value: A, name: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, fn(value, name)]))
}
