import * as ort from 'onnxruntime-node'
import { createValue, emptyGraph } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import { portableTarget, type Target } from '../lower/target.ts'
import { writeOnnx } from '../onnx/write.ts'

let probed: Promise<number> | undefined

/** The forms that are fast on onnxruntime's CPU provider, as far as the installed one has them. Probed once per process. */
export async function cpuTarget(opset = 17): Promise<Target> {
  probed ??= probeBlock()
  return { ...portableTarget(opset), portable: false, block: await probed }
}

/**
 * Channels in one block of onnxruntime's internal NCHWc layout: 16 with AVX-512, 8 otherwise, 0 where the layout is refused. Found by
 * reordering 16 channels of two pixels and looking at what came out.
 */
async function probeBlock(): Promise<number> {
  const { model, input } = blockProbe()
  try {
    const session = await ort.InferenceSession.create(model, {
      logSeverityLevel: 4,
      // Threads would wait for work in a loop, beside what has some.
      intraOpNumThreads: 1,
    })
    const results = await session.run({ x: new ort.Tensor('float32', input.data, input.shape) })
    await session.release()
    return blockOf(results.y!.data as Float32Array)
  } catch {
    // The layout is internal to onnxruntime: a build without it refuses the model, and the portable forms do the work.
    return 0
  }
}

/** A model `x` -> `y` that reorders channels into blocks, and what to feed it. */
export function blockProbe(): {
  readonly model: Uint8Array
  readonly input: NumericInput
} {
  const graph = emptyGraph()
  const shape = [1, 16, 1, 2]
  const x = createValue(shape, 'float32', { name: 'x' })
  graph.inputs.push({ name: 'x', value: x, state: false })
  const spec = { shape, dtype: 'float32' as const }
  const builder = new OnnxBuilder(graph)
  const y = builder.node('ReorderInput', [x], {}, spec, 'com.microsoft.nchwc')
  graph.outputs.push({ name: 'y', value: y, state: false })
  const data = Float32Array.from({ length: 32 }, (_, index) => index)
  return { model: writeOnnx(graph, { opset: 17 }), input: { data, shape, dtype: 'float32' } }
}

/** The block that shows in the probe's result: channel c of the second pixel is number 2c + 1, so it is as long as the run of first pixels. */
export function blockOf(result: Float32Array): number {
  const block = result.findIndex((value) => value % 2 === 1)
  return block === 8 || block === 16 ? block : 0
}

interface NumericInput {
  readonly data: Float32Array
  readonly shape: readonly number[]
  readonly dtype: 'float32'
}
