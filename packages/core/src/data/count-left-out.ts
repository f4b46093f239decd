import type { LeftOut } from './dataset.ts'

/** How many samples were left out, whatever is told of each. */
export function countLeftOut(all: readonly LeftOut[]): number {
  return all.reduce((sum, { count = 1 }) => sum + count, 0)
}
