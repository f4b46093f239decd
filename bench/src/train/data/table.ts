import type { ArraySamples } from '@ashlar/core'
import { Random } from './random.ts'

/** What table to make. */
export interface TableOptions {
  /** Columns that hold categories, which come first. */
  readonly categories: number
  /** Values of each of them. */
  readonly vocabulary: number
  /** Columns that hold numbers. */
  readonly numbers: number
}

/** Rows `[categories + numbers]` of one table; a row is of class 1 when its categories, each of its own weight, and its numbers together are above 0. */
export function table(
  { categories, vocabulary, numbers }: TableOptions,
  length: number,
): ArraySamples {
  const random = new Random(6)
  const columns = categories + numbers
  const weights = Float32Array.from({ length: categories * vocabulary }, () => random.normal())
  const inputs = new Float32Array(length * columns)
  const labels = new Uint8Array(length)
  for (let row = 0; row < length; row++) {
    let score = random.normal()
    for (let column = 0; column < columns; column++) {
      // Small indices are the common ones, as in tables of real life.
      const value =
        column < categories ? Math.floor(vocabulary * random.next() ** 2) : random.normal()
      inputs[row * columns + column] = value
      score += column < categories ? weights[column * vocabulary + value]! : value
    }
    labels[row] = score > 0 ? 1 : 0
  }
  return {
    inputs,
    labels,
    length,
    info: {
      inputShape: [columns],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
    },
  }
}
