import { ConfigError } from '@ashlar/errors'
import type { LabelData } from '../data/split.ts'
import type { LabelColumn, LabelUse } from './check-data.ts'

/** Weights in the order of the classes, or such that every class has the same say. */
export type ClassWeights = readonly number[] | 'balanced'

/**
 * Weights of classes as numbers. Balanced ones are `samples / (classes * samples of the class)`, as scikit-learn has them, where only classes with samples
 * count; a class without samples gets 0. Of labels for each place, places that count are the samples.
 *
 * @param use what the labels are and how many outputs the model has: a single one is for two classes.
 * @throws ConfigError for weights that are negative or no numbers, or for labels that are no classes.
 */
export function resolveClassWeights(
  weights: ClassWeights | undefined,
  { column, length }: WeighedLabels,
  use: LabelUse,
): readonly number[] | undefined {
  if (weights === undefined) return undefined
  const { reading, outputShape } = use
  const width = outputShape?.at(-1)
  if (reading.labels === 'yes-or-no' && width !== undefined && width > 1) {
    throw new ConfigError({
      where: 'fit',
      expected: '`classWeights` need samples of one class each, not several yes-or-no outputs',
      given: weights,
    })
  }
  if (weights === 'balanced') return balanced(column, length, use)
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
  { reading, outputShape }: LabelUse,
): readonly number[] {
  const width = outputShape?.at(-1)
  // A class for each sample, or for each of its places.
  const isOneHot = String(shape) === String(outputShape)
  const areIndices =
    labels.length === length || (!isOneHot && outputShape?.length === shape.length + 1)
  const counts = areIndices
    ? countIndices(labels, width, reading.ignoreIndex)
    : countRows(labels, shape)
  const total = areIndices ? counts.reduce((sum, count) => sum + count, 0) : length
  const present = counts.filter((count) => count > 0).length
  return counts.map((count) => (count === 0 ? 0 : total / (present * count)))
}

/** @param width outputs of the model, where they are known: a class may have no sample. */
function countIndices(
  labels: LabelData,
  width: number | undefined,
  ignoreIndex: number | undefined,
): number[] {
  const counts = new Array<number>(width === 1 ? 2 : (width ?? 0)).fill(0)
  for (const label of labels) {
    if (label === ignoreIndex) continue
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
