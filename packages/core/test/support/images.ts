import seedrandom from 'seedrandom'
import type { ArraySamples } from '../../src/index.ts'

/** Byte images of the size of MNIST, without meaning. */
export function images(length: number): ArraySamples {
  const random = seedrandom.alea('images')
  return {
    inputs: Uint8Array.from({ length: length * 784 }, () => random() * 256),
    labels: Uint8Array.from({ length }, (_, i) => i % 10),
    length,
    info: { inputShape: [28, 28, 1], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
}
