import { countLeftOut, type LeftOut } from '@ashlar/core'

/** More tell nobody more, and a summary that is read with every list of runs must stay small. */
const KEPT = 1000

/** What a dataset left out, as summaries have it; empty where it left out nothing. */
export interface KeptLeftOut {
  /** The first thousand, because the dataset's options say so. */
  readonly leftOut?: readonly LeftOut[] | undefined
  /** How many there are in all. */
  readonly leftOutCount?: number | undefined
}

export function keptLeftOut(all: readonly LeftOut[] = []): KeptLeftOut {
  return all.length === 0 ? {} : { leftOut: all.slice(0, KEPT), leftOutCount: countLeftOut(all) }
}
