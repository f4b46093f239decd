import * as assert from 'uvu/assert'

/**
 * Largest allowed difference between a kernel of TensorFlow and its lowering in onnxruntime, as a part of the largest expected
 * magnitude: sums of a few thousand float32 products in another order.
 */
export const FORWARD_TOLERANCE = 1e-5

/** The same for derivatives, which are longer chains of kernels. */
export const GRADIENT_TOLERANCE = 1e-4

/** The same for weights after training steps, relative to how far they have moved. */
export const STEP_TOLERANCE = 1e-3

/** How many times what rounding the inputs does to the weights may lie between the engines, which round in every kernel. */
export const ROUNDING = 50

/** The tolerance of weights in networks that carry rounding errors further than {@link STEP_TOLERANCE}. */
export const MOST_STEP_TOLERANCE = 0.05

/** Largest allowed difference in predictions of an exported file, in which batch norms are folded into convolutions. */
export const EXPORT_TOLERANCE = 1e-4

/**
 * Holds numbers against each other, as parts of the largest expected magnitude or of 1 if that is larger. NaN equals NaN.
 *
 * @throws an assertion that shows the first that differs, both values and what was allowed.
 */
export function near(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
  least = 1,
): void {
  assert.is(actual.length, expected.length, 'number of elements')
  let largest = least
  for (let i = 0; i < expected.length; i++) {
    const magnitude = Math.abs(expected[i]!)
    if (Number.isFinite(magnitude)) largest = Math.max(largest, magnitude)
  }
  for (let i = 0; i < expected.length; i++) {
    const [a, b] = [actual[i]!, expected[i]!]
    if (Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * largest) continue
    assert.unreachable(`element ${i}: expected ${b}, got ${a}, allowed ${tolerance * largest}`)
  }
}
