import type { onnx as Onnx } from 'onnx-proto'
import * as ort from 'onnxruntime-node'
import { createValue, emptyGraph } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import { onnx } from '../onnx/proto.ts'
import { modelProto } from '../onnx/write.ts'

/**
 * Keeps onnxruntime-node from copying what a training step has written.
 *
 * onnxruntime writes into the output tensors that it is given, but its Node binding (1.30) then copies each of them into a new array all the same:
 * for a network of 11 million weights some 130 MB a step, with the garbage that goes with it, a third of the time. The binding turns
 * outputs into JavaScript values one after the other once the run is over, and gives up at one that is not a tensor. So a model
 * gets a sequence as its first output; the run ends with that refusal, and everything is where it belongs.
 */
const SENTINEL = 'ashlar.in_place'
const REFUSAL = 'Non tensor type'

let probed: Promise<boolean> | undefined

/** Whether the trick works with the installed onnxruntime-node: a run is refused for the sequence, and its other output was written. */
export function canKeepInPlace(): Promise<boolean> {
  probed ??= probe()
  return probed
}

/** Adds the sequence output. */
export function addSentinel(model: Onnx.ModelProto): void {
  const graph = model.graph!
  const value = `${SENTINEL}.value`
  graph.initializer!.push({ name: value, dims: [1], dataType: 9, rawData: new Uint8Array(1) })
  graph.node!.push({ opType: 'SequenceConstruct', input: [value], output: [SENTINEL] })
  const type = {
    sequenceType: { elemType: { tensorType: { elemType: 9, shape: { dim: [{ dimValue: 1 }] } } } },
  }
  graph.output!.unshift({ name: SENTINEL, type })
}

/** Runs a session whose model has the sequence output; `outputs` are written in place. */
export async function runInPlace(
  session: ort.InferenceSession,
  inputs: Readonly<Record<string, ort.Tensor>>,
  outputs: Readonly<Record<string, ort.Tensor>>,
): Promise<void> {
  try {
    await session.run(inputs, { [SENTINEL]: null, ...outputs })
  } catch (error) {
    // The refusal comes after the run; any other error is a failed run.
    if (!(error instanceof Error && error.message.startsWith(REFUSAL))) throw error
  }
}

async function probe(): Promise<boolean> {
  const graph = emptyGraph()
  const x = createValue([2], 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const builder = new OnnxBuilder(graph)
  graph.outputs.push({ name: 'y', value: builder.add(x, x), state: false })
  const model = modelProto(graph, { opset: 17 })
  addSentinel(model)
  const written = new Float32Array(2)
  try {
    const session = await ort.InferenceSession.create(onnx.ModelProto.encode(model).finish(), {
      logSeverityLevel: 4,
      // Threads would wait for work in a loop, beside what has some.
      intraOpNumThreads: 1,
    })
    const tensor = (data: Float32Array) => new ort.Tensor('float32', data, [2])
    await runInPlace(session, { x: tensor(Float32Array.of(1, 2)) }, { y: tensor(written) })
    await session.release()
  } catch {
    // Another version may refuse such a model: then outputs are copied, which is slower and just as right.
    return false
  }
  return written[0] === 2 && written[1] === 4
}
