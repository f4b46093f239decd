import type { ArraySamples } from '@ashlar/core'
import { Random } from './random.ts'

/** What pictures to make. */
export interface OutlineOptions {
  readonly size: number
  /** The ground and so many less one kinds of discs. */
  readonly classes: number
}

/** Pictures in colour `[size, size, 3]` with a label for each pixel, `[size, size]`: discs of several kinds, each of a colour, in noise. */
export function outlines({ size, classes }: OutlineOptions, length: number): ArraySamples {
  const random = new Random(2)
  const pixels = size * size
  const inputs = new Uint8Array(length * pixels * 3)
  const labels = new Uint8Array(length * pixels)
  const colours = Array.from({ length: classes }, (_, kind) =>
    [0, 1, 2].map((channel) => 90 + ((kind * (3 + 2 * channel)) % classes) * (100 / classes)),
  )
  for (let image = 0; image < length; image++) {
    const own = labels.subarray(image * pixels, (image + 1) * pixels)
    for (let disc = 0; disc < 4; disc++) {
      const kind = 1 + random.below(classes - 1)
      const radius = size * (0.08 + 0.14 * random.next())
      const [row, column] = [random.below(size), random.below(size)]
      for (let pixel = 0; pixel < pixels; pixel++) {
        const down = Math.floor(pixel / size) - row
        const across = (pixel % size) - column
        if (down * down + across * across < radius * radius) own[pixel] = kind
      }
    }
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < 3; channel++) {
        const noise = 120 * (random.next() - 0.5)
        inputs[(image * pixels + pixel) * 3 + channel] = colours[own[pixel]!]![channel]! + noise
      }
    }
  }
  return {
    inputs,
    labels,
    length,
    info: {
      inputShape: [size, size, 3],
      labelShape: [size, size],
      inputDtype: 'uint8',
      inputRange: [0, 255],
    },
  }
}
