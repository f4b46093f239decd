import type { Samples } from '@ashlar/core'
import seedrandom from 'seedrandom'

const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/** Points in 4 dimensions in three clouds, one per class: easy to learn, the same in every run. */
export function points(length: number, seed = 7): Samples {
  const random = seedrandom.alea(String(seed))
  const inputs = new Float32Array(length * 4)
  const labels = new Uint8Array(length)
  for (let row = 0; row < length; row++) {
    labels[row] = row % 3
    for (let i = 0; i < 4; i++) {
      inputs[row * 4 + i] = (i === row % 3 ? 1.5 : 0) + random() - 0.5
    }
  }
  return {
    inputs,
    labels,
    length,
    info: { inputShape: [4], labelShape: [], inputDtype: 'float32', inputRange: infinite },
  }
}
