import type { Computed } from '@ashlar/graph/backend'

const counts = new Map<string, number>()

/** Counts where kernels were computed. */
export function countComputed({ kernel, by, reason }: Computed): void {
  const key = `${kernel}\t${by}\t${reason ?? ''}`
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** The counts so far: `kernel, place, reason` separated by tabs. */
export function tally(): Record<string, number> {
  return Object.fromEntries(counts)
}
