import { type Dim, minus, plus, type Rounding, type SymbolicDim, scaledSize } from '../ir/index.ts'

/** Kinds of rounding, and between which numbers, beside the one that came out, what was rounded lies. */
const ROUNDINGS: readonly (readonly [Rounding, number, number])[] = [
  ['round', -0.5, 0.5],
  ['floor', 0, 1],
  ['ceil', -1, 0],
]

/** So many decimals at most a factor has. */
const MOST_DECIMALS = 4

/** What is added to what was rounded. */
const OFFSETS = [0, -1, 1, -2, 2]

/** Divisors of factors that are no decimal. */
const DIVISORS = [3, 6, 7, 9, 11, 12, 13, 14, 15, 24, 30]

/** float64 is as far from what it stands for, at most. */
const ROUNDING = 1e-12

/** So many sizes at least tell a factor. */
const ENOUGH = 8

/**
 * A size times a decimal (0.7) or a quotient (1 / 3), rounded, as float64 has it: the factor of the fewest decimals that explains all samples. Numbers that are
 * not whole differ from the exact quotient at few sizes: 0.7 * 90 is less than 63.
 */
export function scaledForm(samples: readonly number[], base: SymbolicDim): Dim | undefined {
  for (const more of OFFSETS) {
    const found = scaledBy(
      samples.map((sample) => sample - more),
      base,
    )
    if (found !== undefined) return plus(found, more)
  }
  // What is left of the size.
  const rest = scaledBy(
    samples.map((sample, index) => base.samples[index]! - sample),
    base,
  )
  return rest === undefined ? undefined : minus(base, rest)
}

function scaledBy(samples: readonly number[], base: SymbolicDim): Dim | undefined {
  const x = base.samples
  if (new Set(x).size < ENOUGH) return undefined
  for (const [rounding, below, above] of ROUNDINGS) {
    let low = Number.NEGATIVE_INFINITY
    let high = Number.POSITIVE_INFINITY
    for (const [index, y] of samples.entries()) {
      if (x[index]! <= 0) return undefined
      low = Math.max(low, (y + below) / x[index]!)
      high = Math.min(high, (y + above) / x[index]!)
      if (low > high + ROUNDING) break
    }
    if (low > high + ROUNDING) continue
    const factor = factorsBetween(low, high).find((by) =>
      samples.every((y, index) => Math[rounding](x[index]! * by) === y),
    )
    if (factor !== undefined) return scaledSize(rounding, base, factor)
  }
  return undefined
}

/** Factors between two numbers that programs have, the simplest first. */
function factorsBetween(low: number, high: number): number[] {
  const found: number[] = []
  const take = (unit: number) => {
    const [first, last] = [low, high].map((end) => end * unit) as [number, number]
    for (let count = Math.ceil(first - ROUNDING * unit); count <= last + ROUNDING * unit; count++) {
      if (count > 0 && count % unit !== 0) found.push(count / unit)
      if (found.length > MOST_FACTORS) return
    }
  }
  for (let decimals = 1; decimals <= 2; decimals++) take(10 ** decimals)
  for (const divisor of DIVISORS) take(divisor)
  for (let decimals = 3; decimals <= MOST_DECIMALS; decimals++) take(10 ** decimals)
  return found
}

/** Of a few samples much is between. */
const MOST_FACTORS = 50
