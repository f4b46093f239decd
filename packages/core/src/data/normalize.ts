import { ConfigError } from '@ashlar/errors'
import type { DatasetInfo, Split } from './dataset.ts'
import type { ChannelScaling } from './scaling.ts'

/**
 * Mean and standard deviation (of the whole, not estimated from a part of it) of each channel, of bytes scaled to 0..1. A channel that is always the same is left as wide as it is.
 *
 * @param rows those that count; all when left out.
 */
export function channelScaling(
  { inputs, length }: Pick<Split, 'inputs' | 'length'>,
  { inputShape, inputRange: [low, high] }: Pick<DatasetInfo, 'inputShape' | 'inputRange'>,
  rows?: Uint32Array,
): ChannelScaling {
  const channels = inputShape.at(-1) ?? 1
  const size = inputShape.reduce((product, dim) => product * dim, 1)
  const count = rows?.length ?? length
  const [sums, squares] = [new Float64Array(channels), new Float64Array(channels)]
  for (let i = 0; i < count; i++) {
    const start = (rows === undefined ? i : rows[i]!) * size
    // Whole numbers: exact for 2^37 bytes.
    for (let at = 0; at < size; at++) {
      const value = inputs[start + at]!
      sums[at % channels]! += value
      squares[at % channels]! += value * value
    }
  }
  const each = (count * size) / channels
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
 * @throws ConfigError for another number of channels than pictures have, and for samples that are no bytes.
 */
export function scalingOf(
  train: Split,
  info: DatasetInfo,
  rows?: Uint32Array,
): ChannelScaling | undefined {
  const { normalize, name, inputShape, inputDtype } = info
  if (normalize === undefined) return undefined
  const where = `${name}.normalize`
  if (inputDtype !== 'uint8') {
    throw new ConfigError({
      where,
      expected: 'samples must be bytes of pictures',
      given: inputDtype,
    })
  }
  if (normalize === 'data') return channelScaling(train, info, rows)
  const channels = inputShape.at(-1)
  const { mean, std } = normalize
  if (mean.length === channels && std.length === channels) return { mean, std }
  throw new ConfigError({
    where,
    expected: `mean and std must have a number for each of ${channels} channels`,
    given: { mean, std },
  })
}
