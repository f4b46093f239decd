import { type Sampler, shuffledIndices } from '@ashlar/core'

/**
 * Epochs in which each kind of samples has its share: a kind with few gives its samples again and again, one with many gives others in each epoch.
 *
 * @param kinds kind of each row: its class, or the dataset that it is from.
 * @param weights of the kinds; by default all have the same.
 * @param length samples of an epoch; by default as many as there are rows.
 */
export function weightedSampler(
  kinds: ArrayLike<number>,
  weights?: ReadonlyMap<number, number>,
  length: number = kinds.length,
): Sampler {
  const byKind = new Map<number, number[]>()
  for (let row = 0; row < kinds.length; row++) {
    const rows = byKind.get(kinds[row]!) ?? []
    rows.push(row)
    byKind.set(kinds[row]!, rows)
  }
  const groups = [...byKind].sort(([a], [b]) => a - b)
  const counts = sharesOf(
    groups.map(([kind]) => weights?.get(kind) ?? 1),
    length,
  )
  return {
    length,
    rows(seed, epoch) {
      const drawn = new Uint32Array(length)
      let at = 0
      for (const [index, [kind, rows]] of groups.entries()) {
        const count = counts[index]!
        const next = endless(rows.length, seed, epoch * count, `kind ${kind}`)
        for (let each = 0; each < count; each++) drawn[at++] = rows[next()]!
      }
      return shuffledIndices(length, seed, `epoch ${epoch} order`).map((place) => drawn[place]!)
    },
    select(rows) {
      const chosen = Array.from(rows, (row) => kinds[row]!)
      const share = rows.length / kinds.length
      return weightedSampler(chosen, weights, Math.max(1, Math.round(length * share)))
    },
  }
}

/** Whole numbers in these proportions that come to a sum: those that lose most by rounding get what is left. */
function sharesOf(weights: readonly number[], sum: number): number[] {
  const total = weights.reduce((all, weight) => all + weight, 0)
  const exact = weights.map((weight) => (sum * weight) / total)
  const counts = exact.map(Math.floor)
  const order = [...exact.keys()].sort((a, b) => (exact[b]! % 1) - (exact[a]! % 1) || a - b)
  const left = sum - counts.reduce((all, count) => all + count, 0)
  for (const at of order.slice(0, left)) counts[at]!++
  return counts
}

/** Rows in a mixed order, and again in another when all have come. */
function endless(length: number, seed: number, skip: number, purpose: string): () => number {
  let round = Math.floor(skip / length)
  let at = skip % length
  let order = shuffledIndices(length, seed, `${purpose} round ${round}`)
  return () => {
    if (at === length) {
      at = 0
      round++
      order = shuffledIndices(length, seed, `${purpose} round ${round}`)
    }
    return order[at++]!
  }
}
