import type { CaptureInput } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { Batch } from '../data/batches.ts'
import type { SampleInfo, Samples } from '../data/samples.ts'
import { batchDtypes } from '../data/source.ts'
import type { SampleStream } from '../data/split.ts'
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
  const dtypes = batchDtypes(samples)
  return {
    info,
    inputs: { ...inputOf(dtypes.inputs), shape: [batchSize, ...info.inputShape] },
    labels: { ...inputOf(dtypes.labels), shape: [batchSize, ...info.labelShape] },
  }
}

/** The arrays of a batch as feeds. */
export function batchFeeds(batch: Batch): Arrays {
  return { inputs: batch.inputs, labels: batch.labels }
}

/** A batch as a model sees it: bytes scaled from their range to 0..1, float inputs as they are. */
export function scaleInputs(inputs: tf.Tensor, info: SampleInfo): tf.Tensor {
  if (info.inputDtype !== 'uint8') return inputs
  const [low, high] = info.inputRange
  const numbers = tf.cast(inputs, 'float32')
  return tf.mul(low === 0 ? numbers : tf.sub(numbers, low), 1 / (high - low))
}

type StoredDtype = SampleStream['dtypes'][keyof SampleStream['dtypes']]

function inputOf(dtype: StoredDtype): Omit<CaptureInput, 'shape'> {
  return dtype === 'uint8' ? { dtype: 'int32', storage: 'uint8' } : { dtype }
}
