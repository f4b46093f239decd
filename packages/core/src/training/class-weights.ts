import { ConfigError } from '@ashlar/errors'
import type { Samples } from './samples.ts'

/** Weights in the order of the classes, or such that every class has the same say. */
export type ClassWeights = readonly number[] | 'balanced'

/**
 * Weights of classes as numbers. Balanced ones are `samples / (classes * samples of the class)`, as scikit-learn has them; a class
 * without samples gets 0.
 *
 * @throws ConfigError for weights that are negative or no numbers, or for labels that are no classes.
 */
export function resolveClassWeights(
  weights: ClassWeights | undefined,
  samples: Samples,
): readonly number[] | undefined {
  if (weights === undefined) return undefined
  if (weights === 'balanced') return balanced(samples)
  if (weights.every((weight) => Number.isFinite(weight) && weight >= 0)) return weights
  throw new ConfigError({
    where: 'fit',
    expected: '`classWeights` must be numbers from 0 on',
    given: weights,
  })
}

function balanced({ labels, length, info: { labelShape } }: Samples): readonly number[] {
  const counts = labelShape.length === 0 ? countIndices(labels) : countRows(labels, labelShape)
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : length / (present * count)))
}

function countIndices(labels: Samples['labels']): number[] {
  const counts: number[] = []
  for (const label of labels) {
    if (!Number.isInteger(label) || label < 0) {
      throw new ConfigError({
        where: 'fit',
        expected: 'balanced `classWeights` need labels that are class indices',
        given: label,
      })
    }
    while (counts.length <= label) counts.push(0)
    counts[label]!++
  }
  return counts
}

/** One-hot or soft rows. */
function countRows(labels: Samples['labels'], shape: readonly number[]): number[] {
  const classes = shape.reduce((size, dim) => size * dim, 1)
  const counts = new Array<number>(classes).fill(0)
  for (const [place, share] of labels.entries()) counts[place % classes]! += share
  return counts
}
