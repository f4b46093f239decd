import { createHash } from 'node:crypto'
import type { Callback } from 'uvu'

/** Declares a test. */
export type Declare = (name: string, run: Callback) => void

/** Set and read by scripts/runner/worker.js. */
declare global {
  var ASHLAR_SAMPLE: string | undefined
  var ASHLAR_LEFT_OUT: number | undefined
}

/**
 * Declares the tests of a long family, or with `--sample SEED` one of every `n` of them. The seed chooses which: `.ci/run` gives it the commit, so that other
 * members are tried at each, and those of one commit can be tried again. Without a sample, none is left out.
 *
 * @example
 * const some = sampled(4, test)
 * for (const network of networks) some(network.name, ...)
 */
export function sampled<Run>(
  n: number,
  test: (name: string, run: Run) => unknown,
  seed: string | undefined = globalThis.ASHLAR_SAMPLE,
): (name: string, run: Run) => void {
  let count = 0
  let first: string | undefined
  return (name, run) => {
    first ??= name
    const at = count++
    if (seed === undefined || at % n === place(seed, first, Math.floor(at / n), n)) test(name, run)
    else leaveOut(1)
  }
}

/**
 * The members of a family that are tried: all, or with `--sample SEED` one of every `n`, and one at the least. For families that are no tests of one file.
 *
 * @param family names it, as families are sampled apart.
 */
export function sampleOf<T>(
  n: number,
  family: string,
  members: readonly T[],
  seed: string | undefined = globalThis.ASHLAR_SAMPLE,
): readonly T[] {
  return members.filter((_, at) => isTried(n, { family, at, count: members.length }, seed))
}

/** Whether the member at a place, of so many, is one of those of {@link sampleOf}. One that is not counts as left out. */
export function isTried(
  n: number,
  { family, at, count }: { readonly family: string; readonly at: number; readonly count: number },
  seed: string | undefined = globalThis.ASHLAR_SAMPLE,
): boolean {
  if (seed === undefined) return true
  const block = Math.floor(at / n)
  const isChosen = at % n === place(seed, family, block, Math.min(n, count - block * n))
  if (!isChosen) leaveOut(1)
  return isChosen
}

/** How large one long test is: `whole`, or with `--sample SEED` as large as still shows what it is to show. */
export function sampleSize(
  whole: number,
  sample: number,
  seed: string | undefined = globalThis.ASHLAR_SAMPLE,
): number {
  return seed === undefined ? whole : sample
}

/** Which member of a block is taken. */
function place(seed: string, family: string, block: number, size: number): number {
  const digest = createHash('sha256').update(`${seed}\0${family}\0${block}`).digest()
  return digest.readUInt32LE() % size
}

function leaveOut(count: number): void {
  globalThis.ASHLAR_LEFT_OUT = (globalThis.ASHLAR_LEFT_OUT ?? 0) + count
}
