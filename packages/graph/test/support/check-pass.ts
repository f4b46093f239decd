import type * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import type { Graph, TypedArray } from '../../src/ir/index.ts'
import { portableTarget, type Target } from '../../src/lower/target.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import type { KernelExample } from '../../src/ops/declaration.ts'
import { lower } from '../../src/passes/lowering/lower.ts'
import { separateOutputs } from '../../src/passes/outputs.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from './close-to.ts'
import { captureExample, numbers } from './kernel-example.ts'

type TensorProgram = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>

interface PassCheck {
  /** Passes that come before, on both sides. */
  readonly before?: readonly ((graph: Graph) => void)[]
  readonly tolerance?: number
  readonly target?: Target
}

/**
 * Runs a captured program as it is and after a pass over the captured graph: the results must agree. Returns the kernels before and after.
 */
export async function checkPass(
  program: TensorProgram,
  inputs: KernelExample['inputs'],
  pass: (graph: Graph) => void,
  { before = [], tolerance = 1e-5, target = portableTarget() }: PassCheck = {},
): Promise<{ readonly before: string[]; readonly after: string[]; readonly graph: Graph }> {
  const captured = (): Graph => {
    const graph = captureExample(program, inputs)
    for (const each of before) each(graph)
    return graph
  }
  const plain = captured()
  const graph = captured()
  pass(graph)
  const ops = (each: Graph) => each.nodes.map(({ op }) => op)
  const kernels = { before: ops(plain), after: ops(graph) }
  const expected = await runGraph(lower(plain, target), inputs)
  const actual = await runGraph(lower(graph, target), inputs)
  for (const [index, data] of expected.entries()) closeTo(actual[index]!, data, tolerance)
  return { ...kernels, graph }
}

/** Runs a program lowered, and lowered with a pass over the ONNX nodes; the results must agree. Returns the ops before and after. */
export async function checkLoweredPass(
  program: TensorProgram,
  inputs: KernelExample['inputs'],
  pass: (graph: Graph) => void | Promise<void>,
  { tolerance = 1e-5, target = portableTarget() }: PassCheck = {},
): Promise<{ readonly before: string[]; readonly after: string[]; readonly graph: Graph }> {
  const lowered = () => lower(captureExample(program, inputs), target)
  const [plain, graph] = [lowered(), lowered()]
  await pass(graph)
  const ops = (each: Graph) => each.nodes.map(({ op }) => op)
  const found = { before: ops(plain), after: ops(graph), graph }
  const expected = await runGraph(plain, inputs)
  const actual = await runGraph(graph, inputs)
  for (const [index, data] of expected.entries()) closeTo(actual[index]!, data, tolerance)
  return found
}

async function runGraph(graph: Graph, inputs: KernelExample['inputs']): Promise<TypedArray[]> {
  separateOutputs(graph)
  const session = await createSession(writeOnnx(graph, { opset: 17 }), { optimization: 'disabled' })
  try {
    const feeds = Object.entries(inputs).map(([name, input]) => {
      const dtype = (input.dtype ?? 'float32') as 'float32'
      const data = numbers(input, name) as Float32Array
      return [name, new ort.Tensor(dtype, data, [...input.shape])]
    })
    const results = await session.run(Object.fromEntries(feeds))
    return session.outputNames.map((name) => results[name]!.data as TypedArray)
  } finally {
    await session.release()
  }
}
