import { captureDynamic, openOnnx, optimizeForExport, writeOnnx } from '@ashlar/graph'
import type * as tf from '@tensorflow/tfjs'

/** Operator set of the files that tests write. */
const OPSET = 17

/**
 * What onnxruntime makes of a function of one tensor, written as a standard ONNX file with a free batch.
 *
 * @param inputShape of one sample.
 * @param batches inputs, each of its own batch size.
 * @returns the output of each, its numbers in a row.
 */
export async function portableOutputs(
  fn: (input: tf.Tensor) => tf.Tensor,
  inputShape: readonly number[],
  batches: readonly Float32Array[],
): Promise<Float32Array[]> {
  const graph = captureDynamic((inputs) => ({ output: fn(inputs.input!) }), {
    inputs: { input: { shape: [null, ...inputShape], dtype: 'float32' } },
  })
  const lowered = await optimizeForExport(graph, OPSET)
  const model = await openOnnx(writeOnnx(lowered, { opset: OPSET }))
  try {
    const size = inputShape.reduce((product, dim) => product * dim, 1)
    const outputs: Float32Array[] = []
    for (const data of batches) {
      const shape = [data.length / size, ...inputShape]
      const { output } = await model.run({ input: { shape, data } })
      outputs.push(output!.data as Float32Array)
    }
    return outputs
  } finally {
    await model.dispose()
  }
}
