import type { PredictedOutput, Predictions } from '@ashlar/core'
import { ShapeError } from '@ashlar/errors'

/** How alike two ways to compute the same outputs are. */
export interface Agreement {
  /** Part of rows whose largest number is in the same place. */
  readonly sameClass: number
  readonly largestDifference: number
}

/**
 * Holds predictions of the same samples against each other: of a model and of its exported file.
 *
 * @throws ShapeError when they are of different shapes.
 */
export function agreementOf(first: Predictions, second: Predictions): Agreement {
  if (first.outputs === undefined || second.outputs === undefined) return between(first, second)
  const others = second.outputs
  const each = Object.entries(first.outputs).map(([name, output]) => {
    const other = others[name]
    if (other !== undefined) return between(output, other)
    throw new ShapeError({
      where: 'agreementOf',
      expected: `both must have the output ${name}`,
      given: Object.keys(others).join(', '),
    })
  })
  return {
    sameClass: Math.min(...each.map(({ sameClass }) => sameClass)),
    largestDifference: Math.max(...each.map(({ largestDifference }) => largestDifference)),
  }
}

function between(first: PredictedOutput, second: PredictedOutput): Agreement {
  if (first.data.length !== second.data.length || first.shape[0] !== second.shape[0]) {
    throw new ShapeError({
      where: 'agreementOf',
      expected: 'both must be of one shape',
      given: [first.shape, second.shape],
    })
  }
  const rows = first.shape[0]!
  const width = first.data.length / rows
  let same = 0
  let largestDifference = 0
  for (let row = 0; row < rows; row++) {
    if (largest(first.data, row, width) === largest(second.data, row, width)) same++
  }
  for (let i = 0; i < first.data.length; i++) {
    largestDifference = Math.max(largestDifference, Math.abs(first.data[i]! - second.data[i]!))
  }
  return { sameClass: same / rows, largestDifference }
}

function largest(data: Float32Array, row: number, width: number): number {
  let best = 0
  for (let i = 1; i < width; i++) if (data[row * width + i]! > data[row * width + best]!) best = i
  return best
}
