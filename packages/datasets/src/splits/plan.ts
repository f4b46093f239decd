import { holdOut } from './hold-out.ts'
import type { SplitOptions } from './options.ts'

/** Which samples go where, as indices of what the files hold. */
export interface SplitPlan {
  readonly train: Uint32Array
  readonly validation?: Uint32Array
  readonly test: Uint32Array
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

/** The numbers 0 to `length` - 1. */
export function everyIndex(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, i) => i)
}
