import { shuffledIndices } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'

/** Samples parted in two; each part keeps the order of the whole. */
export interface Parting {
  readonly kept: Uint32Array
  readonly heldOut: Uint32Array
}

/**
 * Holds out the end of a shuffled order, whatever the classes of its samples: a rare one may end up on one side alone. Folds are what keeps the share of each
 * class (`stratify` of a cross-validation).
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
