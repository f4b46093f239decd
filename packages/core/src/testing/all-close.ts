/** How far apart two numbers may be: `absolute + relative * |expected|`. */
export interface Tolerance {
  /** 1e-6 by default. */
  readonly absolute?: number
  /** 1e-5 by default. */
  readonly relative?: number
}

/**
 * Throws unless two lists hold the same numbers within a tolerance. NaN equals nothing.
 *
 * @throws Error that shows the worst place: its index, both values, the allowed difference.
 */
export function allClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 1e-6, relative = 1e-5 }: Tolerance = {},
): void {
  if (actual.length !== expected.length) {
    throw new Error(`allClose: expected ${expected.length} numbers, got ${actual.length}`)
  }
  let worst = -1
  let excess = 0
  let wrong = 0
  for (let index = 0; index < expected.length; index++) {
    const allowed = absolute + relative * Math.abs(expected[index]!)
    const over = Math.abs(actual[index]! - expected[index]!) - allowed
    // Written so that NaN counts as wrong.
    if (over <= 0 || actual[index] === expected[index]) continue
    wrong++
    if (worst < 0 || !(over <= excess)) {
      worst = index
      excess = over
    }
  }
  if (worst < 0) return
  const allowed = absolute + relative * Math.abs(expected[worst]!)
  throw new Error(
    `allClose: ${wrong} of ${expected.length} numbers differ, worst at [${worst}]: ` +
      `expected ${expected[worst]}, got ${actual[worst]}, allowed difference ${allowed.toPrecision(2)}`,
  )
}
