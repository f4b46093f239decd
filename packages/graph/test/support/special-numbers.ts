import seedrandom from 'seedrandom'

/** Numbers of float32 at which functions break: zeros, the smallest and largest, around one, halves, where exponentials end. */
export const SPECIAL: readonly number[] = [
  ...[0, 1e-45, 1e-40, 1.1754943508222875e-38, 1e-30, 1e-20, 1e-10, 1e-7, 1e-4, 0.01, 0.3, 0.5],
  ...[
    0.75, 0.99999994, 1, 1.0000001, 1.25, 1.5, 2, 2.5, 3, 3.5, 5, 9, 9.25, 16, 17.8, 18.5, 30, 40,
  ],
  ...[87.3, 88.7, 89, 104, 709, 1000.5, 65536, 8388607.5, 16777215, 16777216, 2147483520],
  ...[2147483648, 4294967296, 1e10, 1.8446744073709552e19, 1e20, 1e30, 3.4028234663852886e38],
  ...[Number.POSITIVE_INFINITY, Number.NaN],
].flatMap((each) => (Number.isNaN(each) ? [each] : [each, -each]))

/** Integers of 32 bits likewise: around what a float32 and a product of two hold. */
export const SPECIAL_INTEGERS: readonly number[] = [
  ...[0, 1, 2, 3, 5, 7, 31, 32, 46340, 46341, 65535, 65536, 65537, 16777215, 16777216, 16777217],
  ...[123456789, 987654321, 2147395600, 2147483646, 2147483647],
].flatMap((each) => [each, -each || 0])

/** The lowest integer has no counterpart above zero. */
export const LOWEST_INTEGER: number = -(2 ** 31)

/** Numbers of every size that float32 has, the same for the same seed. */
export function anyNumbers(count: number, seed: string): number[] {
  const random = seedrandom.alea(seed)
  return Array.from({ length: count }, () => {
    const sign = random() < 0.5 ? -1 : 1
    return Math.fround(sign * (1 + random()) * 2 ** Math.floor(random() * 252 - 126))
  })
}

/** Numbers of everyday size. */
export function usualNumbers(count: number, seed: string): number[] {
  const random = seedrandom.alea(seed)
  return Array.from({ length: count }, () =>
    Math.fround((random() - 0.5) * 2 ** (random() * 12 - 4)),
  )
}

/** What a rounding to float32, and 2e-6 of the number, allow; below 5e-37, where digits end, 1e-42. What is smaller than a normal number may be 0. */
export function isRight(got: number, exact: number): boolean {
  const wanted = Math.fround(exact)
  if (Object.is(got, wanted) || got === wanted) return true
  if (!Number.isFinite(got) || !Number.isFinite(wanted)) {
    // At the very edge either side is right.
    return (
      Math.abs(Math.min(Math.abs(exact), 3.5e38) - 3.4028234663852886e38) < 1e33 &&
      Math.sign(got) === Math.sign(exact)
    )
  }
  if (got === 0 && Math.abs(exact) < 1.1754943508222875e-38) return true
  return Math.abs(got - exact) <= 2e-6 * Math.abs(exact) + 1e-42
}

/** The same of an integer result: the fraction is cut off, and it counts modulo 2^32. Undefined where a double does not hold the number. */
export function isRightInteger(got: number, exact: number): boolean | undefined {
  if (Number.isFinite(exact) && Math.abs(exact) > 2 ** 53) return undefined
  const slack = Number.isInteger(exact) ? 0 : 1e-6 * Math.abs(exact)
  return [exact - slack, exact, exact + slack].some((each) => got === (each | 0))
}
