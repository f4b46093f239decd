import type { ActivationFunction, Numbers } from '../ops/activation-functions.ts'

/** A function by its meaning and what it goes by. */
export interface Meant {
  readonly meaning: ActivationFunction
  readonly numbers: Numbers
}

/** What a constant of float32 may be off, that people write with seven digits: 0.1666667. */
const DIGIT = 2 ** -21

/** As constants are of float32. */
const RELATIVE = 2e-6

/** Less than half the way from one to the next number of float32: a cap of 0.9999999 is not one, as a logarithm of what is missing tells. */
const FLAT = 4e-8

/** What differences of doubles leave over, for numbers about one. */
const ABSOLUTE = 1e-14

/** What one and more takes away of a double: log(1 + e^x) is zero there, where it is not written otherwise. */
const LOST = 1e-15

/** Where e^x is no number of float32 any more, and forms that are written by it may give what is not finite. */
const FAR = 300

const SIZES = [
  ...[1e-8, 1e-5, 1e-3, 0.013, 0.31, 0.87, 1.7, 2.6, 3.3, 4.7, 6.1, 9.4, 13, 21, 44, 90, FAR],
  ...[1e3, 1e5, 1e10, 3e38, Number.POSITIVE_INFINITY],
]

const PLACES: readonly number[] = [0, ...SIZES, ...SIZES.map((each) => -each)]

/** Sixteen for each one, from -5 to 5, off the numbers that people write: a clip may cut off but a dip. */
const CLOSE: readonly number[] = Array.from({ length: 160 }, (_, index) => index / 16 - 4.987)

/** What slopes are multiplied by, three in each place: of several sizes, so that nothing but a product gives this, cut off nowhere. */
const FACTORS = [1, -3, 1e-6, -1e-6, 1e6, -1e6, 1e-20, 1e20]

/**
 * Whether a function is the one that is meant, wherever it is likely to differ: small and large, on both sides of its jumps, and about the numbers that it is written with, as a clip or a guard has them. What is never
 * negative is right relatively, as logarithms and quotients are taken of it.
 *
 * @param constants that it is written with.
 */
export function isFunction(
  given: (x: number) => number,
  meant: Meant,
  constants: () => Iterable<number>,
): boolean {
  const { meaning, numbers } = meant
  const of = (x: number) => meaning.of(x, numbers)
  if (!Number.isNaN(given(Number.NaN))) return false
  const isSame = isNearTo(of, meaning, FLAT)
  const same = (x: number) => isSame(x, given(x))
  return [...placesOf(meant), ...CLOSE].every(same) && aboutAll(constants()).every(same)
}

/** Whether a function of x and a factor is the product of the slope and the factor, of any size. */
export function isSlope(
  given: (x: number, factor: number) => number,
  meant: Meant,
  constants: () => Iterable<number>,
): boolean {
  const { meaning, numbers } = meant
  const slope = (x: number) => meaning.slopeOf({ x, y: meaning.of(x, numbers) }, numbers)
  const jumps = jumpsOf(meant)
  const isSame = isNearTo(slope, meaning, RELATIVE)
  const same = (x: number, index: number) => {
    // There is none in infinity: of a maximum of x and a share of it, both are the larger one.
    if (jumps.includes(x) || !Number.isFinite(x)) return true
    // Not the same in all places.
    const share = 1 + (index % 3)
    const isProduct = [0, 3, 6].every((turn) => {
      const factor = share * FACTORS[(index + turn) % FACTORS.length]!
      return isSame(x, given(x, factor) / factor)
    })
    if (!isProduct || index % 3 !== 0 || Math.abs(slope(x)) <= LOST) return isProduct
    return isUnguarded((factor) => given(x, factor))
  }
  return placesOf(meant).every(same) && aboutAll(constants()).every(same)
}

/** Whether what is not finite stays so. */
function isUnguarded(product: (factor: number) => number): boolean {
  const { POSITIVE_INFINITY, NEGATIVE_INFINITY } = Number
  return (
    Number.isNaN(product(Number.NaN)) &&
    [POSITIVE_INFINITY, NEGATIVE_INFINITY].every((each) => !Number.isFinite(product(each)))
  )
}

/** What tells whether a number is what a function gives. */
function isNearTo(
  of: (x: number) => number,
  { isNeverNegative = false }: ActivationFunction,
  flat: number,
): (x: number, given: number) => boolean {
  const size = Math.max(Math.abs(of(1)), Math.abs(of(-1)))
  return (x, given) => {
    if (!Number.isFinite(given)) return Math.abs(x) > FAR
    const wanted = of(x)
    const difference = Math.abs(given - wanted)
    if (difference === 0) return true
    if (isNeverNegative && given === 0 && wanted < LOST) return true
    const relative = of(2 * x) === wanted ? flat : RELATIVE
    // What it makes of it that x is multiplied by such constants.
    const digit = Math.abs(of(x * (1 + DIGIT)) - wanted)
    const left = isNeverNegative ? 0 : ABSOLUTE * size * Math.min(Math.max(1, Math.abs(x)), FAR)
    return difference <= relative * Math.abs(wanted) + digit + left
  }
}

function jumpsOf({ meaning, numbers }: Meant): readonly number[] {
  return meaning.jumps?.(numbers) ?? []
}

function placesOf(meant: Meant): number[] {
  const beyond = jumpsOf(meant).flatMap((each) => [each - 1, each + 1, each * 10])
  return [...PLACES, ...beyond]
}

function aboutAll(numbers: Iterable<number>): number[] {
  return [...numbers].flatMap((each) => [0.99, 1.01, -0.99, -1.01].map((share) => each * share))
}
