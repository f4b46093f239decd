import type { CaptureInput } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { Batch } from '../data/batches.ts'
import type { LabelData, SampleData } from '../data/dataset.ts'
import type { SampleInfo, Samples } from '../data/samples.ts'
import type { Arrays } from '../engines/engine.ts'

/** How the batches of some samples enter a program. */
export interface BatchSpec {
  readonly info: SampleInfo
  readonly inputs: CaptureInput
  readonly labels: CaptureInput
}

/** @param samples batches of them have these dtypes. */
export function batchSpec(samples: Samples, batchSize: number): BatchSpec {
  const { info } = samples
  return {
    info,
    inputs: { ...dtypeOf(samples.inputs), shape: [batchSize, ...info.inputShape] },
    labels: { ...dtypeOf(samples.labels), shape: [batchSize, ...info.labelShape] },
  }
}

/** The arrays of a batch as feeds. */
export function batchFeeds(batch: Batch): Arrays {
  return { inputs: batch.inputs, labels: batch.labels }
}

/** A batch as a model sees it: bytes scaled from their range to 0..1 and normalized where samples are, float inputs as they are. */
export function modelInputs(inputs: tf.Tensor, info: SampleInfo): tf.Tensor {
  return normalizeInputs(scaleInputs(inputs, info), info)
}

/** The channels of pictures, scaled and augmented, as a model sees them. */
export function normalizeInputs(inputs: tf.Tensor, { scaling }: SampleInfo): tf.Tensor {
  if (scaling === undefined) return inputs
  const { mean, std } = scaling
  return tf.div(tf.sub(inputs, tf.tensor1d([...mean])), tf.tensor1d([...std]))
}

/** A batch as augmentations see it: bytes scaled from their range to 0..1, float inputs as they are. */
export function scaleInputs(inputs: tf.Tensor, info: SampleInfo): tf.Tensor {
  if (info.inputDtype !== 'uint8') return inputs
  const [low, high] = info.inputRange
  const numbers = tf.cast(inputs, 'float32')
  return tf.mul(low === 0 ? numbers : tf.sub(numbers, low), 1 / (high - low))
}

function dtypeOf(data: SampleData | LabelData): Omit<CaptureInput, 'shape'> {
  if (data instanceof Uint8Array) return { dtype: 'int32', storage: 'uint8' }
  return { dtype: data instanceof Int32Array ? 'int32' : 'float32' }
}
