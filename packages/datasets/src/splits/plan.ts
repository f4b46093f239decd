import { shuffledIndices } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { SplitOptions } from './options.ts'

/** Which samples go where, as indices of what the files hold. */
export interface SplitPlan {
  readonly train: Uint32Array
  readonly validation?: Uint32Array
  readonly test: Uint32Array
}

/** Samples parted in two; each part keeps the order of the whole. */
export interface Parting {
  readonly kept: Uint32Array
  readonly heldOut: Uint32Array
}

/**
 * Applies `limit`, `testLimit` and `validation`, in this order. A limit above the number of samples takes them all.
 *
 * @param dataset name for the error.
 * @throws ConfigError when `validation` would leave no training sample, or takes none.
 */
export function planSplits(
  dataset: string,
  train: Uint32Array,
  test: Uint32Array,
  { limit, testLimit, validation }: SplitOptions,
  seed: number,
): SplitPlan {
  const limited = train.subarray(0, limit)
  const plan = { train: limited, test: test.subarray(0, testLimit) }
  if (validation === undefined) return plan
  const { kept, heldOut } = holdOut(limited, validation, seed, { dataset, option: 'validation' })
  return { ...plan, train: kept, validation: heldOut }
}

/**
 * Holds out the end of a shuffled order.
 *
 * @param part a share below 1, or a number of samples.
 * @throws ConfigError when one of the two would be empty.
 */
export function holdOut(
  samples: Uint32Array,
  part: number,
  seed: number,
  { dataset, option }: { readonly dataset: string; readonly option: string },
): Parting {
  const count = part < 1 ? Math.round(samples.length * part) : part
  if (count < 1 || count >= samples.length) {
    throw new ConfigError({
      where: `${dataset}.${option}`,
      expected: `must hold out at least 1 and leave at least 1 of ${samples.length} samples`,
      given: part,
    })
  }
  const order = shuffledIndices(samples.length, seed, option)
  const pick = (positions: Uint32Array) => positions.sort().map((position) => samples[position]!)
  return {
    kept: pick(order.slice(0, -count)),
    heldOut: pick(order.slice(-count)),
  }
}

/** The numbers 0 to `length` - 1. */
export function everyIndex(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i)
}
