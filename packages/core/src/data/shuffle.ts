import seedrandom from 'seedrandom'

/**
 * The numbers 0 to `length` - 1 in an order that depends on `seed` and `purpose` alone (Fisher-Yates over the Alea generator).
 *
 * @param purpose keeps streams of one seed apart: `'validation'`, or `` `epoch ${epoch}` ``.
 * @example shuffledIndices(60_000, 42, 'epoch 0')
 */
export function shuffledIndices(length: number, seed: number, purpose: string): Uint32Array {
  const random = seedrandom.alea(`${seed}/${purpose}`)
  const order = Uint32Array.from({ length }, (_, i) => i)
  for (let i = length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const swapped = order[i]!
    order[i] = order[j]!
    order[j] = swapped
  }
  return order
}
