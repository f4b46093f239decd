import { shuffledIndices } from './shuffle.ts'
import type { Chunks, Split } from './split.ts'

/** What governs an order that changes from epoch to epoch. */
export interface ShuffleOptions {
  readonly seed: number
  readonly epoch: number
}

/** What an order follows from. */
export type Ordered = Pick<Split, 'length' | 'sampler'> & {
  readonly stream?: { readonly chunks?: Chunks | undefined } | undefined
}

/** Samples in an epoch of training. */
export function epochLength({ length, sampler }: Ordered): number {
  return sampler?.length ?? length
}

/**
 * The rows of one pass, in their order. It depends on the split, the seed and the epoch alone, so that whoever goes on in the middle of an epoch knows what is left of it.
 *
 * @param shuffle left out: the order of the split, each sample once.
 */
export function passRows(split: Ordered, shuffle: ShuffleOptions | undefined): Uint32Array {
  const { length, sampler, stream } = split
  if (shuffle === undefined) return Uint32Array.from({ length }, (_, index) => index)
  const { seed, epoch } = shuffle
  if (sampler !== undefined) return sampler.rows(seed, epoch)
  const chunks = stream?.chunks
  return chunks === undefined
    ? shuffledIndices(length, seed, `epoch ${epoch} order`)
    : mixedChunks(length, chunks, shuffle)
}

/** Chunks in a mixed order, poured into a buffer that is mixed and emptied each time it is full. */
function mixedChunks(length: number, chunks: Chunks, { seed, epoch }: ShuffleOptions): Uint32Array {
  const starts: number[] = []
  let last: number | undefined
  for (let row = 0; row < length; row++) {
    const chunk = chunks.of(row)
    if (chunk !== last) starts.push(row)
    last = chunk
  }
  const order = new Uint32Array(length)
  const size = Math.max(1, chunks.buffer)
  let begin = 0
  let end = 0
  const mix = () => {
    const part = order.slice(begin, end)
    const places = shuffledIndices(part.length, seed, `epoch ${epoch} buffer ${begin}`)
    for (const [at, place] of places.entries()) order[begin + at] = part[place]!
    begin = end
  }
  for (const chunk of shuffledIndices(starts.length, seed, `epoch ${epoch} chunks`)) {
    const stop = starts[chunk + 1] ?? length
    for (let row = starts[chunk]!; row < stop; row++) {
      order[end++] = row
      if (end - begin === size) mix()
    }
  }
  mix()
  return order
}
