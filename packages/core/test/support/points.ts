import seedrandom from 'seedrandom'
import type { ArraySamples } from '../../src/index.ts'

const infinite = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const

/** Points in 4 dimensions in three clouds, one per class: easy to learn, the same in every run. */
export function points(length: number, seed = 7): ArraySamples {
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

/** Byte images of 6x6 with a bright row, whose place is the class. */
export function stripes(length: number): ArraySamples {
  const random = seedrandom.alea('stripes')
  const inputs = new Uint8Array(length * 36)
  const labels = new Uint8Array(length)
  for (let image = 0; image < length; image++) {
    labels[image] = image % 3
    for (let i = 0; i < 36; i++) {
      const bright = Math.floor(i / 12) === image % 3
      inputs[image * 36 + i] = Math.floor((bright ? 150 : 0) + random() * 100)
    }
  }
  return {
    inputs,
    labels,
    length,
    info: { inputShape: [6, 6, 1], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
}
