import { ConfigError } from '@ashlar/errors'
import { sizeOf } from './batches.ts'
import type { DatasetInfo } from './dataset.ts'
import { theOnly } from './fields.ts'
import type { Samples } from './samples.ts'
import type { ChannelScaling } from './scaling.ts'
import { readBatches, selectSamples } from './source.ts'

/** Samples that are read together. */
const BATCH = 256

/**
 * Mean and standard deviation (of the whole, not estimated from a part of it) of each channel, of bytes scaled to 0..1. A channel that is always the same is left as wide as it is.
 *
 * @param rows those that count; all when left out.
 */
export async function channelScaling(
  samples: Samples,
  rows?: Uint32Array,
): Promise<ChannelScaling> {
  const {
    inputShape,
    inputRange: [low, high],
  } = samples.info
  const chosen = rows === undefined ? samples : selectSamples(samples, rows)
  const channels = inputShape.at(-1) ?? 1
  const size = sizeOf(inputShape)
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)]
  for await (const batch of readBatches(chosen, { batchSize: BATCH })) {
    const bytes = theOnly('normalize', batch.inputs)
    // Whole numbers: exact for 2^37 bytes.
    for (let at = 0; at < batch.length * size; at++) {
      const value = bytes[at]!
      sums[at % channels]! += value
      squares[at % channels]! += value * value
    }
  }
  const each = (chosen.length * size) / channels
  const means = Array.from(sums, (sum) => sum / each)
  const range = high - low
  return {
    mean: means.map((mean) => (mean - low) / range),
    std: means.map((mean, channel) => {
      const variance = squares[channel]! / each - mean * mean
      return variance > 0 ? Math.sqrt(variance) / range : 1
    }),
  }
}

/**
 * What a dataset is to be normalized by.
 *
 * @throws ConfigError for another number of channels than pictures have, and for samples that are no bytes or have several inputs.
 */
export async function scalingOf(
  train: Samples,
  info: DatasetInfo,
  rows?: Uint32Array,
): Promise<ChannelScaling | undefined> {
  const { normalize, name, inputShape, inputDtype, inputs } = info
  if (normalize === undefined) return undefined
  const where = `${name}.normalize`
  if (inputDtype !== 'uint8' || inputs !== undefined) {
    throw new ConfigError({
      where,
      expected: 'samples must be bytes of pictures, and nothing besides',
      given: inputs === undefined ? inputDtype : Object.keys(inputs),
    })
  }
  if (normalize === 'data') return channelScaling(train, rows)
  const channels = inputShape.at(-1)
  const { mean, std } = normalize
  if (mean.length === channels && std.length === channels) return { mean, std }
  throw new ConfigError({
    where,
    expected: `mean and std must have a number for each of ${channels} channels`,
    given: { mean, std },
  })
}
