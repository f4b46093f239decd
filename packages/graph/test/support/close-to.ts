import * as assert from 'uvu/assert'

/**
 * Compares numbers: each difference at most `tolerance` of the largest expected magnitude (plus as much absolutely). The message shows the
 * first that differs, both values and what was allowed. NaN equals NaN.
 */
export function closeTo(
  actual: ArrayLike<number | bigint>,
  expected: ArrayLike<number | bigint>,
  tolerance = 1e-5,
): void {
  assert.is(actual.length, expected.length, 'number of elements')
  let largest = 0
  for (let index = 0; index < expected.length; index++) {
    const magnitude = Math.abs(Number(expected[index]))
    if (Number.isFinite(magnitude)) largest = Math.max(largest, magnitude)
  }
  const allowed = tolerance * (1 + largest)
  for (let index = 0; index < expected.length; index++) {
    const a = Number(actual[index])
    const b = Number(expected[index])
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= allowed) continue
    assert.unreachable(`element ${index}: expected ${b}, got ${a}, allowed difference ${allowed}`)
  }
}
