import * as tf from '@tensorflow/tfjs'

const HALF = 2 ** 16
/** Odd multipliers below 2^15, one per round: a product with 16 bits then stays within an int32 on every backend. */
const MULTIPLIERS = [30803, 27191, 32057, 25033, 31847, 28663, 29411, 26497]

/** What random numbers depend on; int32 scalars. */
export interface DrawKey {
  readonly seed: tf.Tensor
  /** Another one in each step. */
  readonly step: tf.Tensor
}

/**
 * Uniform random numbers as tfjs operations: a counter-based generator (Salmon et al. 2011), here a Feistel network of eight rounds on
 * two halves of 16 bits, keyed by seed and step, over the places (sample, draw).
 *
 * It uses int32 arithmetic alone, and no product that could overflow: every engine and backend makes the very same numbers.
 *
 * @param count numbers per sample.
 * @param salt first number of the draws; streams with different salts have nothing in common.
 * @returns `count` tensors `[batch]` float32, multiples of 2^-24 between 0 (included) and 1 (not included).
 */
export function uniformDraws(
  { seed, step }: DrawKey,
  batch: number,
  count: number,
  salt: number = 0,
): tf.Tensor[] {
  if (count === 0) return []
  const rows = Int32Array.from({ length: batch * count }, (_, place) => place % batch)
  const columns = Int32Array.from(rows, (_, place) => salt + Math.floor(place / batch))
  let left: tf.Tensor = tf.tensor1d(rows, 'int32')
  let right: tf.Tensor = tf.tensor1d(columns, 'int32')
  const keys = [...halves(seed), ...halves(step)]
  for (const [round, multiplier] of MULTIPLIERS.entries()) {
    const key = low(tf.add(keys[round % keys.length]!, integer((round * 40503) % HALF)))
    const changed = low(tf.add(tf.mul(right, integer(multiplier)), key))
    // A product of itself, which nothing linear undoes; below 2^31. Its middle depends on all of its bits.
    const product = tf.mul(changed, tf.floorDiv(changed, integer(2)))
    const mixed = tf.add(tf.floorDiv(product, integer(2 ** 8)), changed)
    const next = low(tf.add(left, mixed))
    left = right
    right = next
  }
  const bits = tf.add(tf.mul(left, integer(2 ** 8)), tf.floorDiv(right, integer(2 ** 8)))
  const uniform = tf.reshape(tf.mul(tf.cast(bits, 'float32'), 2 ** -24), [count, batch])
  return Array.from({ length: count }, (_, draw) =>
    tf.reshape(tf.gather(uniform, tf.tensor1d([draw], 'int32')), [batch]),
  )
}

function integer(value: number): tf.Scalar {
  return tf.scalar(value, 'int32')
}

/** The lower 16 bits of a number that is not negative. */
function low(x: tf.Tensor): tf.Tensor {
  return tf.sub(x, tf.mul(tf.floorDiv(x, integer(HALF)), integer(HALF)))
}

function halves(x: tf.Tensor): [tf.Tensor, tf.Tensor] {
  return [low(x), tf.floorDiv(x, integer(HALF))]
}
