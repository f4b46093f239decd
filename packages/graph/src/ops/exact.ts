// What JavaScript's Math lacks, in double precision: the meaning of kernels, for tests and for tfjs's own kernels where those are wrong.

/** What is enough for the sums below: the terms are smaller than a double can tell. */
const TERMS = 120

/** The error function, right to about 1e-13: its series up to 2.5, beyond that the continued fraction of its complement (Abramowitz and Stegun, 7.1.5 and 7.1.14). */
export function erf(x: number): number {
  const size = Math.abs(x)
  if (size > 6) return Math.sign(x)
  if (size > 2.5) return Math.sign(x) * (1 - erfc(size))
  let term = x
  let sum = x
  for (let index = 1; index < TERMS; index++) {
    term *= (-x * x) / index
    sum += term / (2 * index + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

function erfc(x: number): number {
  let fraction = 0
  for (let index = TERMS; index > 0; index--) fraction = index / 2 / (x + fraction)
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x))
}

/** log(1 + e^x). */
export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
}

/** To the nearest whole number, halves to the even one. */
export function roundToEven(x: number): number {
  const low = Math.floor(x)
  if (x - low !== 0.5) return Math.round(x)
  return low % 2 === 0 ? low : low + 1
}

/** The power of IEEE 754: one to any power is one, which JavaScript denies for NaN and infinities. */
export function power(base: number, exponent: number): number {
  if (base === 1) return 1
  return base === -1 && Math.abs(exponent) === Number.POSITIVE_INFINITY ? 1 : base ** exponent
}

/** The remainder with the divisor's sign, as TensorFlow's FloorMod and numpy have it. */
export function floorMod(a: number, b: number): number {
  const rest = a % b
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest
}
