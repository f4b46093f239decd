import type { ArraySamples } from '@ashlar/core'
import { Random } from './random.ts'

/** What series to make. */
export interface WaveOptions {
  readonly steps: number
  readonly channels: number
  readonly classes: number
}

/** Series `[steps, channels]` of noise around a wave, whose frequency is their class. */
export function waves({ steps, channels, classes }: WaveOptions, length: number): ArraySamples {
  const random = new Random(5)
  const inputs = new Float32Array(length * steps * channels)
  const labels = new Uint8Array(length)
  for (let row = 0; row < length; row++) {
    labels[row] = random.below(classes)
    const frequency = 0.1 + (0.8 * (labels[row]! + random.next())) / classes
    const phases = Array.from({ length: channels }, () => 2 * Math.PI * random.next())
    for (let step = 0; step < steps; step++) {
      for (let channel = 0; channel < channels; channel++) {
        inputs[(row * steps + step) * channels + channel] =
          0.7 * Math.sin(frequency * step + phases[channel]!) + random.normal()
      }
    }
  }
  return {
    inputs,
    labels,
    length,
    info: {
      inputShape: [steps, channels],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
}
