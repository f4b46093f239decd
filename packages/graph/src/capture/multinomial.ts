import type * as tf from '@tensorflow/tfjs'

/** What tfjs tells its kernel. */
export interface MultinomialAttrs {
  readonly numSamples: number
  readonly seed: unknown
  /** Whether it is given probabilities, not logits. */
  readonly normalized: boolean
}

/** What draws and records. */
interface Recording {
  call(
    kernel: string,
    inputs: tf.NamedTensorInfoMap,
    attrs: object,
  ): tf.TensorInfo | tf.TensorInfo[]
  uniform(seed: unknown, shape: readonly number[]): tf.TensorInfo
}

/**
 * tfjs's kernel of that name in other kernels: for logits [batch, outcomes] the drawn outcomes, int32 [batch, numSamples]. A uniform number is counted
 * against the running sum of the probabilities. Each row draws for itself; only with a seed of the user's own all rows share their numbers, as in tfjs.
 */
export function multinomial(
  recording: Recording,
  logits: tf.TensorInfo,
  { numSamples, seed, normalized }: MultinomialAttrs,
): tf.TensorInfo {
  const call = (kernel: string, inputs: tf.NamedTensorInfoMap, attrs: object = {}) =>
    recording.call(kernel, inputs, attrs) as tf.TensorInfo
  const [batch, outcomes] = logits.shape as [number, number]
  const probabilities = normalized ? logits : call('Softmax', { logits }, { dim: -1 })
  const sums = call('Cumsum', { x: probabilities }, { axis: 1, exclusive: false, reverse: false })
  // The last outcome is what is left.
  const ends = call('Slice', { x: sums }, { begin: [0, 0], size: [batch, outcomes - 1] })
  const isOwn = typeof seed === 'number'
  const u = recording.uniform(seed, [isOwn ? 1 : batch, numSamples])
  const a = call('ExpandDims', { input: u }, { dim: 2 })
  const b = call('ExpandDims', { input: ends }, { dim: 1 })
  const isPast = call('Cast', { x: call('GreaterEqual', { a, b }) }, { dtype: 'int32' })
  return call('Sum', { x: isPast }, { axis: [2], keepDims: false })
}
