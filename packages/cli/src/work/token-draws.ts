import { createHash } from 'node:crypto'

/** Numbers from 0 (included) to 1 (not included), one after the other: the same for the same seed, on every machine. */
export function tokenDraws(seed: number): () => number {
  let count = 0
  return () => {
    const hash = createHash('sha256').update(`${seed} ${count++}`).digest()
    return hash.readUInt32LE(0) / 2 ** 32
  }
}
