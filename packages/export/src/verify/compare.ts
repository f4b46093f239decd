import type { TensorData } from '../tensors.ts'

/** What rounding on two sides comes to of functions whose values lie about 1 (gates, probabilities), however small what is made of them. */
const OF_ONE = 8 * 2 ** -24

/** How far two tensors are apart. */
export interface Difference {
  /** Largest |model - file|; infinite where one of them is not a number or infinite and the other is not. */
  readonly maxAbsolute: number
  /** `maxAbsolute` relative to the largest magnitude of the model's numbers. */
  readonly maxRelative: number
  /** What `maxAbsolute` may be without a look at `sensitivity`. */
  readonly allowed: number
  /** Largest magnitude of the model's finite numbers. */
  readonly magnitude: number
  /** Flat index of the largest difference, and what stands there; left out when all numbers are equal. */
  readonly worst?: { readonly index: number; readonly model: number; readonly file: number }
  /** Share of rows whose largest element is the same, or as large within `allowed` on both sides; left out where rows have no such thing. */
  readonly argMaxAgreement?: number
  /** How far the model's own output moves under rounding of its input, or between two backends; only where that was asked, see `forgive`. */
  readonly sensitivity?: number
  readonly passed: boolean
}

/**
 * Holds a file's tensor against the model's. Whole numbers and truth values must be equal.
 *
 * Rows are those of the last axis. NaN equals NaN, and infinities of the same sign are equal.
 *
 * @param rounding what float32 arithmetic in another order comes to at least, as a part of the largest magnitude in the tensor: see `roundingOf`.
 */
export function compare(model: TensorData, file: TensorData, rounding: number): Difference {
  if (model.shape.join() !== file.shape.join() || model.data.length !== file.data.length) {
    return failed(Number.POSITIVE_INFINITY)
  }
  const isFloat = model.dtype === 'float32'
  let maxAbsolute = 0
  let magnitude = 0
  let worst = -1
  for (let index = 0; index < model.data.length; index++) {
    const expected = Number(model.data[index])
    const actual = Number(file.data[index])
    if (Number.isFinite(expected)) magnitude = Math.max(magnitude, Math.abs(expected))
    if (expected === actual || (Number.isNaN(expected) && Number.isNaN(actual))) continue
    const distance = Math.abs(expected - actual)
    const difference = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance
    if (difference <= maxAbsolute) continue
    maxAbsolute = difference
    worst = index
  }
  const allowed = isFloat ? rounding * magnitude + OF_ONE : 0
  const agreement = isFloat ? argMaxAgreement(model, file, allowed) : undefined
  return {
    maxAbsolute,
    maxRelative: maxAbsolute === 0 ? 0 : maxAbsolute / magnitude,
    allowed,
    magnitude,
    ...(worst >= 0 && {
      worst: { index: worst, model: Number(model.data[worst]), file: Number(file.data[worst]) },
    }),
    ...(agreement !== undefined && { argMaxAgreement: agreement }),
    passed: maxAbsolute <= allowed && (agreement ?? 1) === 1,
  }
}

function failed(difference: number): Difference {
  return {
    maxAbsolute: difference,
    maxRelative: difference,
    allowed: 0,
    magnitude: 0,
    passed: false,
  }
}

function argMaxAgreement(model: TensorData, file: TensorData, allowed: number): number | undefined {
  const width = model.shape.at(-1) ?? 1
  if (model.shape.length < 2 || width < 2 || model.data.length === 0) return undefined
  const rows = model.data.length / width
  let agree = 0
  for (let row = 0; row < rows; row++) {
    const start = row * width
    const chosen = argMax(model.data, start, width)
    const other = argMax(file.data, start, width)
    const gap = Number(model.data[start + chosen]) - Number(model.data[start + other])
    // Both may be off by as much, towards each other.
    if (chosen === other || gap <= 2 * allowed) agree++
  }
  return agree / rows
}

/** Offset of the largest number in a row; the first one of equals, and 0 for a row without numbers. */
export function argMax(data: TensorData['data'], start: number, width: number): number {
  let best = 0
  for (let offset = 1; offset < width; offset++) {
    if (Number(data[start + offset]) > Number(data[start + best])) best = offset
  }
  return best
}

/**
 * What several batches say together.
 *
 * @param parts differences, with the number of rows that each was found on.
 */
export function combine(parts: readonly (readonly [Difference, number])[]): Difference {
  const worst = parts.reduce((found, [part]) => (isWorse(part, found) ? part : found), parts[0]![0])
  const magnitude = Math.max(...parts.map(([part]) => part.magnitude))
  if (parts.some(([part]) => part.argMaxAgreement === undefined)) return { ...worst, magnitude }
  const rows = parts.reduce((sum, [, count]) => sum + count, 0)
  const agreeing = parts.reduce((sum, [part, count]) => sum + part.argMaxAgreement! * count, 0)
  return { ...worst, magnitude, argMaxAgreement: agreeing / rows }
}

/** What failed is worse than what passed. */
function isWorse(one: Difference, other: Difference): boolean {
  if (one.passed !== other.passed) return other.passed
  return one.maxAbsolute > other.maxAbsolute
}
