import type { ArraySamples } from '@ashlar/core'
import { Random } from './random.ts'

/** What pictures to make. */
export interface PictureOptions {
  readonly size: number
  readonly classes: number
}

/** Pictures in colour `[size, size, 3]` of stripes, whose direction is their class: wavelength, place and colours are random, and half of each is noise. */
export function pictures({ size, classes }: PictureOptions, length: number): ArraySamples {
  const random = new Random(1)
  const pixels = size * size
  const inputs = new Uint8Array(length * pixels * 3)
  const labels = new Uint8Array(length)
  for (let image = 0; image < length; image++) {
    const label = random.below(classes)
    labels[image] = label
    const angle = (Math.PI * label) / classes
    const frequency = (2 * Math.PI) / (4 + 4 * random.next())
    const [across, down] = [Math.cos(angle) * frequency, Math.sin(angle) * frequency]
    const phase = 2 * Math.PI * random.next()
    const strengths = [random.next(), random.next(), random.next()].map((part) => 30 + 60 * part)
    for (let pixel = 0; pixel < pixels; pixel++) {
      const wave = Math.sin((pixel % size) * across + Math.floor(pixel / size) * down + phase)
      for (let channel = 0; channel < 3; channel++) {
        const noise = 80 * (random.next() - 0.5)
        inputs[(image * pixels + pixel) * 3 + channel] = 128 + strengths[channel]! * wave + noise
      }
    }
  }
  return {
    inputs,
    labels,
    length,
    info: {
      inputShape: [size, size, 3],
      labelShape: [],
      inputDtype: 'uint8',
      inputRange: [0, 255],
    },
  }
}
