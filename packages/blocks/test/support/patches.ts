import type { Samples } from '@ashlar/core'
import seedrandom from 'seedrandom'

/** Noise images `[size, size, channels]` of two classes: those of class 1 are brighter. Easy to learn, always the same. */
export function patches(length: number, size: number, channels: number): Samples {
  const random = seedrandom.alea('patches')
  const each = size * size * channels
  const inputs = new Float32Array(length * each)
  const labels = new Uint8Array(length)
  for (let image = 0; image < length; image++) {
    labels[image] = image % 2
    for (let i = 0; i < each; i++) inputs[image * each + i] = random() + 0.5 * (image % 2)
  }
  return {
    inputs,
    labels,
    length,
    info: {
      inputShape: [size, size, channels],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
}
