import seedrandom from 'seedrandom'
import type { TypedArray } from '../ir/index.ts'

/** The distributions that a graph draws from. */
export type Distribution = 'RandomUniform' | 'RandomNormal' | 'RandomTruncatedNormal'

/** What tfjs made of a seed. */
export interface DrawSample {
  readonly seed: string
  readonly data: TypedArray
}

/** Where random numbers come from: offset + scale * z, or for integers that without its fraction. */
export interface Range {
  readonly offset: number
  readonly scale: number
}

/** Seeds whose first number lies near 0 and 1, where a range begins and ends, and between. */
export const PROBES: readonly string[] = [
  'p30s4n',
  'ps4l9',
  'p39z4',
  'p4vbn',
  'p10ij',
  'p1g1z',
  'pr11',
  'pq15',
]

/** So many integers tell a range, and that it is one of integers. */
const MANY = 30

/**
 * The range that tfjs drew numbers from; undefined while they do not tell.
 *
 * @param isLast whether there are no more samples to be had.
 */
export function rangeOf(
  distribution: Distribution,
  samples: readonly DrawSample[],
  isLast: boolean,
): Range | undefined {
  const references = samples.flatMap(({ seed, data }) => {
    const next = GENERATORS[distribution](seed)
    return Array.from(data as Float32Array, next)
  })
  const drawn = samples.flatMap(({ data }) => Array.from(data as Float32Array, Number))
  if (drawn.length === 0) return { offset: 0, scale: 1 }
  if (samples[0]!.data instanceof Float32Array) return realRange(references, drawn)
  // The ends are only seen where there are probes.
  return samples.length > 2 && (drawn.length >= MANY || isLast)
    ? integerRange(references, drawn)
    : undefined
}

/** Two unknowns fit any two numbers. */
function realRange(references: readonly number[], drawn: readonly number[]): Range | undefined {
  if (drawn.length < 3) return undefined
  const low = indexOf(references, (a, b) => a < b)
  const high = indexOf(references, (a, b) => a > b)
  const spread = references[high]! - references[low]!
  const scale = (drawn[high]! - drawn[low]!) / spread
  for (let digits = 1; digits <= 17; digits++) {
    const tried = Number(scale.toPrecision(digits))
    const offset = neatOffset(drawn[low]! - tried * references[low]!, tried)
    const range = { offset, scale: tried }
    if (fits(range, references, drawn)) return range
  }
  return undefined
}

/** Undoes the rounding of float32: the shortest decimal within its precision. */
function neatOffset(offset: number, scale: number): number {
  if (Math.abs(offset) <= 1e-6 * Math.abs(scale)) return 0
  for (let digits = 1; digits < 8; digits++) {
    const tried = Number(offset.toPrecision(digits))
    if (Math.abs(tried - offset) <= 2e-7 * (Math.abs(offset) + Math.abs(scale))) return tried
  }
  return offset
}

function fits(
  { offset, scale }: Range,
  references: readonly number[],
  drawn: readonly number[],
): boolean {
  return references.every((reference, index) => {
    const size = Math.abs(offset) + Math.abs(scale) * (1 + Math.abs(reference))
    return Math.abs(drawn[index]! - (offset + scale * reference)) <= 4e-7 * size
  })
}

/** tfjs drops the fraction, so that 0 stands for what is between -1 and 1. */
function integerRange(references: readonly number[], drawn: readonly number[]): Range | undefined {
  const first = drawn[indexOf(references, (a, b) => a < b)]!
  const last = drawn[indexOf(references, (a, b) => a > b)]!
  const fitting: Range[] = []
  for (const offset of [first, first - 1]) {
    for (const end of [last + 1, last]) {
      const range = { offset, scale: end - offset }
      const holds = references.every(
        (reference, index) => Math.trunc(offset + range.scale * reference) === drawn[index],
      )
      if (holds) fitting.push(range)
    }
  }
  return fitting[0]
}

function indexOf(numbers: readonly number[], isBetter: (a: number, b: number) => boolean): number {
  let found = 0
  for (const [index, number] of numbers.entries())
    if (isBetter(number, numbers[found]!)) found = index
  return found
}

/** The numbers that tfjs's generators make of a seed, before offset and scale. */
const GENERATORS: Readonly<Record<Distribution, (seed: string) => () => number>> = {
  RandomUniform: (seed) => {
    const random = seedrandom.alea(seed)
    return () => random()
  },
  RandomNormal: (seed) => normal(seed, Number.POSITIVE_INFINITY),
  RandomTruncatedNormal: (seed) => normal(seed, 2),
}

/** Standard normal numbers as tfjs's MPRandGauss makes them: Marsaglia's polar method, two at a time. */
function normal(seed: string, most: number): () => number {
  const random = seedrandom.alea(seed)
  let spare: number | undefined
  return () => {
    if (spare !== undefined) {
      const next = spare
      spare = undefined
      return next
    }
    for (;;) {
      const x = 2 * random() - 1
      const y = 2 * random() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      const [first, second] = [x * factor, y * factor]
      if (Math.abs(first) > most) continue
      if (Math.abs(second) <= most) spare = second
      return first
    }
  }
}
