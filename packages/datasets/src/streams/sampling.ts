import { type Chunks, passRows, type Sampler, shuffledIndices } from '@ashlar/core'

/** How kinds are drawn; see {@link weightedSampler}. */
export interface Sampling {
  /** Of the kinds; by default all have the same. */
  readonly weights?: ReadonlyMap<number, number> | undefined
  /** Samples of an epoch; by default as many as there are rows. */
  readonly length?: number | undefined
  /** Of the kinds whose samples are read in chunks, by row: they are drawn chunk after chunk, as without a sampler. */
  chunks?(kind: number): Chunks | undefined
}

/**
 * Epochs in which each kind of samples has its share: a kind with few gives its samples again and again, one with many gives others in each epoch.
 *
 * @param kinds kind of each row: its class, or the dataset that it is from.
 */
export function weightedSampler(kinds: ArrayLike<number>, sampling: Sampling = {}): Sampler {
  const { weights, length = kinds.length } = sampling
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
  const orderOf =
    (kind: number, rows: readonly number[], seed: number) =>
    (round: number): Uint32Array => {
      const chunks = sampling.chunks?.(kind)
      if (chunks === undefined) {
        return shuffledIndices(rows.length, seed, `kind ${kind} round ${round}`)
      }
      const buffer = Math.max(1, Math.floor(chunks.buffer / groups.length))
      const own = { of: (at: number) => chunks.of(rows[at]!), buffer }
      return passRows({ length: rows.length, stream: { chunks: own } }, { seed, epoch: round })
    }
  return {
    length,
    rows(seed, epoch) {
      const turns = new Uint32Array(length)
      let at = 0
      const next = groups.map(([kind, rows], index) => {
        const count = counts[index]!
        turns.fill(index, at, at + count)
        at += count
        return endless(rows, epoch * count, orderOf(kind, rows, seed))
      })
      // Kinds in a mixed order, and the samples of each in its own: those of a chunk stay near one another.
      return shuffledIndices(length, seed, `epoch ${epoch} order`).map((turn) =>
        next[turns[turn]!]!(),
      )
    },
    select(rows) {
      const chosen = Array.from(rows, (row) => kinds[row]!)
      const share = rows.length / kinds.length
      const { chunks } = sampling
      return weightedSampler(chosen, {
        weights,
        length: Math.max(1, Math.round(length * share)),
        ...(chunks && {
          chunks(kind: number) {
            const of = chunks(kind)
            return of && { ...of, of: (row: number) => of.of(rows[row]!) }
          },
        }),
      })
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
function endless(
  rows: readonly number[],
  skip: number,
  orderOf: (round: number) => Uint32Array,
): () => number {
  let round = Math.floor(skip / rows.length)
  let at = skip % rows.length
  let order = orderOf(round)
  return () => {
    if (at === rows.length) {
      at = 0
      round++
      order = orderOf(round)
    }
    return rows[order[at++]!]!
  }
}
