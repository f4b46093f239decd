import { ConfigError } from '@ashlar/errors'

/** From here on float32 has not every whole number. */
const DENSE = 2 ** 24

/**
 * Numbers as float32, which is what training computes in.
 *
 * @param where the option to name in the error.
 * @throws ConfigError that names the place, counted over all numbers, for one that is not finite, too large for float32, 0 in it alone, or a whole
 *   number that it does not have. Fractions are rounded.
 */
export function asFloat32(values: ArrayLike<number>, where: string): Float32Array {
  const held = values instanceof Float32Array ? values : Float32Array.from(values)
  for (let i = 0; i < held.length; i++) {
    const expected = lossOf(values[i]!, held[i]!)
    if (expected === undefined) continue
    throw new ConfigError({ where: `${where}, number ${i}`, expected, given: values[i] })
  }
  return held
}

function lossOf(value: number, held: number): string | undefined {
  if (!Number.isFinite(value)) return 'must be a finite number'
  if (!Number.isFinite(held)) return 'must be a number that float32 has, which ends at 3.4028235e38'
  if (held === 0 && value !== 0) return 'must be a number that float32 has, where this one is 0'
  // Larger ones are no longer counted in ones by anybody.
  if (Number.isSafeInteger(value) && Math.abs(value) > DENSE && held !== value) {
    return `must be a whole number that float32 has, and the nearest is ${held}`
  }
  return undefined
}
