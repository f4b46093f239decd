import * as tf from '@tensorflow/tfjs'
import * as ort from 'onnxruntime-node'
import { captureDynamic } from '../../src/capture/dynamic.ts'
import { writeOnnx } from '../../src/onnx/write.ts'
import { optimizeForExport } from '../../src/passes/export.ts'
import { createSession } from '../../src/session/session.ts'
import { closeTo } from './close-to.ts'

/** Exports a function of one tensor `[batch, ...shape]`; the ops of the file, after a check of its numbers. */
export async function opsOf(
  fn: (x: tf.Tensor) => tf.Tensor,
  shape: readonly number[],
): Promise<readonly string[]> {
  const inputs = { x: { shape: [null, ...shape], dtype: 'float32' } } as const
  const graph = await optimizeForExport(
    captureDynamic(({ x }) => ({ y: fn(x!) }), { inputs }),
    17,
  )
  const session = await createSession(writeOnnx(graph, { opset: 17 }))
  const x = tf.randomUniform([3, ...shape], 0.5, 1.5, 'float32', 9)
  const feeds = { x: new ort.Tensor('float32', x.dataSync(), x.shape) }
  const { y } = await session.run(feeds)
  await session.release()
  closeTo(y!.data as Float32Array, fn(x).dataSync() as Float32Array)
  return graph.nodes.map(({ op }) => op)
}
