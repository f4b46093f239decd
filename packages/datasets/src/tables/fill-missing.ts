import { ConfigError } from '@ashlar/errors'
import type { Missing } from './missing.ts'
import type { Table } from './read-csv.ts'

/** What the missing numbers of a column are filled by: its mean, its median, or its most frequent number. */
export function fillOf(numbers: readonly number[], missing: Missing): number {
  if (missing === 'mean') return Math.fround(sum(numbers) / numbers.length)
  const sorted = [...numbers].sort((a, b) => a - b)
  if (missing === 'median') {
    const middle = sorted.length >> 1
    const upper = sorted[middle]!
    return sorted.length % 2 === 1 ? upper : Math.fround((sorted[middle - 1]! + upper) / 2)
  }
  return mostFrequent(sorted)
}

/**
 * The most frequent; of those that are as frequent, the first in order.
 *
 * @param sorted in order, at least one.
 */
export function mostFrequent<T>(sorted: readonly T[]): T {
  const counts = new Map<T, number>()
  for (const each of sorted) counts.set(each, (counts.get(each) ?? 0) + 1)
  let best = sorted[0] as T
  for (const [each, times] of counts) {
    if (times > (counts.get(best) ?? 0)) best = each
  }
  return best
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** The error for a column of which nothing is known. */
export function allMissing(table: Table, name: string): ConfigError {
  return new ConfigError({
    where: 'csv.missing',
    expected: `column ${JSON.stringify(name)} of ${table.path} must have a value in some row that is trained on, to fill the others by`,
    hint: 'Leave the column out by `features`.',
  })
}
