import * as ort from 'onnxruntime-node'
import type { Graph } from '../../src/ir/index.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { createSession } from '../../src/session/session.ts'

/** Runs a lowered graph of float32 inputs; outputs in the graph's order. */
export async function runLowered(
  graph: Graph,
  feeds: Readonly<Record<string, Float32Array>>,
): Promise<Float32Array[]> {
  const session = await createSession(writeOnnx(graph, { opset: 17 }))
  const inputs = graph.inputs.map(({ name, value }) => [
    name,
    new ort.Tensor('float32', feeds[name]!, value.shape as readonly number[]),
  ])
  const results = await session.run(Object.fromEntries(inputs))
  await session.release()
  return session.outputNames.map((name) => results[name]!.data as Float32Array)
}
