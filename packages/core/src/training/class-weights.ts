import { ConfigError } from '@ashlar/errors'
import type { LabelData } from '../data/split.ts'
import type { LabelColumn, LabelUse } from './check-data.ts'

/** Weights in the order of the classes, or such that every class has the same say. */
export type ClassWeights = readonly number[] | 'balanced'

/**
 * Weights of classes as numbers. Balanced ones are `samples / (classes * samples of the class)`, as scikit-learn has them, where only classes with samples
 * count; a class without samples gets 0.
 *
 * @param use what the labels are and how many outputs the model has: a single one is for two classes.
 * @throws ConfigError for weights that are negative or no numbers, or for labels that are no classes.
 */
export function resolveClassWeights(
  weights: ClassWeights | undefined,
  { column, length }: WeighedLabels,
  { reading, outputShape }: LabelUse,
): readonly number[] | undefined {
  if (weights === undefined) return undefined
  const width = outputShape?.at(-1)
  if (reading.labels === 'yes-or-no' && width !== undefined && width > 1) {
    throw new ConfigError({
      where: 'fit',
      expected: '`classWeights` need samples of one class each, not several yes-or-no outputs',
      given: weights,
    })
  }
  if (weights === 'balanced') return balanced(column, length, width)
  return numbersOf(weights)
}

/** @throws ConfigError for weights that are negative or no numbers. */
export function numbersOf(weights: readonly number[]): readonly number[] {
  if (Array.isArray(weights) && weights.every((weight) => Number.isFinite(weight) && weight >= 0)) {
    return weights
  }
  throw new ConfigError({
    where: 'fit',
    expected:
      '`classWeights` must be numbers from 0 on, in the order of the classes, or "balanced"',
    given: weights,
  })
}

/** Labels and how many samples they are of. */
export interface WeighedLabels {
  readonly column: LabelColumn
  readonly length: number
}

function balanced(
  { data: labels, shape }: LabelColumn,
  length: number,
  width: number | undefined,
): readonly number[] {
  const size = labels.length / length
  const counts = size === 1 ? countIndices(labels, width) : countRows(labels, shape)
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : length / (present * count)))
}

/** @param width outputs of the model, where they are known: a class may have no sample. */
function countIndices(labels: LabelData, width: number | undefined): number[] {
  const counts = new Array<number>(width === 1 ? 2 : (width ?? 0)).fill(0)
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
function countRows(labels: LabelData, shape: readonly number[]): number[] {
  const classes = shape.reduce((size, dim) => size * dim, 1)
  const counts = new Array<number>(classes).fill(0)
  for (const [place, share] of labels.entries()) counts[place % classes]! += share
  return counts
}
