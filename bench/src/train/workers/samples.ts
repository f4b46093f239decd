import { readFileSync } from 'node:fs'
import type { Samples } from '@ashlar/core'
import type { DataFiles } from '../data.ts'

/** The data files as samples of images `[28, 28, 1]`. */
export function samplesFrom({ images, labels, length }: DataFiles): Samples {
  return {
    inputs: new Uint8Array(readFileSync(images)),
    labels: new Uint8Array(readFileSync(labels)),
    length,
    info: { inputShape: [28, 28, 1], labelShape: [], inputDtype: 'uint8', inputRange: [0, 255] },
  }
}

/** The first images of the data, scaled to 0..1: `[batch, 28, 28, 1]`. */
export function firstImages({ images }: DataFiles, batch: number): Float32Array {
  return Float32Array.from(readFileSync(images).subarray(0, batch * 784), (pixel) => pixel / 255)
}
