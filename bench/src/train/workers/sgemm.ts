// Measures this machine's matrix product, the yardstick for the arithmetic of a training step: onnxruntime's, 1024 x 1024 x 1024.

import { createSession, ir, OnnxBuilder, writeOnnx } from '@ashlar/graph'
import * as ort from 'onnxruntime-node'
import { peakMemory } from '../../harness/memory.ts'
import {
  type Measured,
  type MeasureRequest,
  processorSeconds,
  repeat,
} from '../../harness/repeat.ts'
import { serveRequests } from '../../harness/serve-requests.ts'
import type { Details, Prepared, PrepareRequest } from '../protocol.ts'

const SIZE = 1024
const REPEATS = 8

let measure: (request: MeasureRequest) => Promise<Measured>

await serveRequests({
  async prepare({ threads }: PrepareRequest): Promise<Prepared> {
    const session = await createSession(productModel(), { threads })
    const data = new Float32Array(SIZE * SIZE).fill(0.5)
    const matrix = new ort.Tensor('float32', data, [SIZE, SIZE])
    const output = new ort.Tensor('float32', new Float32Array(SIZE * SIZE), [SIZE, SIZE])
    // One "image" is 10^9 operations, so that the rate is in GFLOP/s.
    measure = (request) =>
      repeat(request, async () => {
        for (let index = 0; index < REPEATS; index++) {
          await session.run({ a: matrix, b: matrix }, { c: output })
        }
        return (REPEATS * 2 * SIZE ** 3) / 1e9
      })
    await measure({ seconds: 0 })
    return { version: `onnxruntime ${ort.env.versions.node}`, processor: processorSeconds() }
  },
  measure: (request: MeasureRequest) => measure(request),
  details: (): Details => ({}),
  memory: () => ({ peak: peakMemory() }),
})

function productModel(): Uint8Array {
  const graph = ir.emptyGraph()
  const [a, b] = (['a', 'b'] as const).map((name) => {
    const value = ir.createValue([SIZE, SIZE], 'float32', { name })
    graph.inputs.push({ name, value, state: false })
    return value
  })
  const value = new OnnxBuilder(graph).matMul(a!, b!)
  graph.outputs.push({ name: 'c', value, state: false })
  return writeOnnx(graph, { opset: 17 })
}
