import type { CompareAnswer, Value } from './answers.ts'
import { deviationOf } from './average.ts'
import { formatNumber } from './format.ts'

/** Runs that belong together. */
export interface Group {
  /** What they have in common. */
  readonly label: string
  readonly runs: readonly string[]
}

/** Groups whose runs differ in nothing but what they drew at random. */
export const REPEATS = 'all but seeds'

/** What numbers are drawn from: it tells repeats apart, not experiments. */
const SEED = /(^|\.)seed$/

/** What runs may be grouped by: settings that differ, and all of them but seeds where there are seeds and others. */
export function groupings({ differences }: Pick<CompareAnswer, 'differences'>): string[] {
  const keys = differences.filter(({ isSetting }) => isSetting).map(({ key }) => key)
  const seeds = keys.filter((key) => SEED.test(key))
  const areRepeats = seeds.length > 0 && seeds.length < keys.length
  return areRepeats ? [REPEATS, ...keys] : keys
}

/**
 * Runs by what they have in common.
 *
 * @param by one of {@link groupings}; each run is by itself for anything else.
 * @param names what runs are called that are by themselves.
 */
export function groupsOf(
  { runs, differences }: Pick<CompareAnswer, 'runs' | 'differences'>,
  by: string,
  names: Readonly<Record<string, string>> = {},
): Group[] {
  const isMeant = (key: string) => (by === REPEATS ? !SEED.test(key) : key === by)
  const rows = differences.filter(({ key, isSetting }) => isSetting && isMeant(key))
  if (rows.length === 0) {
    return runs.map(({ run }) => ({ label: names[run] ?? run, runs: [run] }))
  }
  const keys = shortKeys(rows.map(({ key }) => key))
  const groups = new Map<string, { label: string; order: readonly Value[]; runs: string[] }>()
  for (const [i, { run }] of runs.entries()) {
    const values = rows.map((row) => row.values[i] ?? null)
    const name = JSON.stringify(values)
    const label = values.map((value, at) => `${keys[at]}=${textOf(value)}`).join(' ')
    const group = groups.get(name) ?? { label, order: values, runs: [] }
    group.runs.push(run)
    groups.set(name, group)
  }
  const sorted = [...groups.values()].sort((a, b) => compareAll(a.order, b.order))
  const counts = new Map<string, number>()
  for (const { label } of sorted) counts.set(label, (counts.get(label) ?? 0) + 1)
  return sorted.map(({ label, order, runs: members }) => ({
    // What few digits do not tell apart has all of them.
    label:
      counts.get(label) === 1
        ? label
        : order.map((value, at) => `${keys[at]}=${exactTextOf(value)}`).join(' '),
    runs: members,
  }))
}

/** The ends of keys that tell them apart: `initial` of `optimizer.learningRate.initial`. */
export function shortKeys(keys: readonly string[]): string[] {
  const tail = (key: string, parts: number) => key.split('.').slice(-parts).join('.')
  return keys.map((key) => {
    const most = key.split('.').length
    for (let parts = 1; parts < most; parts++) {
      const end = tail(key, parts)
      if (keys.filter((other) => tail(other, parts) === end).length === 1) return end
    }
    return key
  })
}

/** A value of a setting, in words. */
export function textOf(value: Value): string {
  return value === null ? 'none' : typeof value === 'number' ? formatNumber(value) : String(value)
}

/** A value of a setting as none but its like is written: a number with all its digits, a text in quotes. */
function exactTextOf(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value)
  return value === null ? textOf(value) : String(value)
}

/** Numbers by size, and whatever else by its text. */
export function compareValues(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return String(a).localeCompare(String(b), 'en', { numeric: true })
}

function compareAll(a: readonly Value[], b: readonly Value[]): number {
  for (const [i, value] of a.entries()) {
    const order = compareValues(value, b[i] ?? null)
    if (order !== 0) return order
  }
  return 0
}

/** A metric of groups. */
export interface GroupFigures {
  readonly key: string
  /** Of each group; null where none of its runs has the metric. */
  readonly means: readonly (number | null)[]
  /** Standard deviations of each group's runs; null where there are fewer than two. */
  readonly deviations: readonly (number | null)[]
}

/** What came of groups, by metric. */
export function groupFigures(
  { runs, metrics }: Pick<CompareAnswer, 'runs' | 'metrics'>,
  groups: readonly Group[],
): GroupFigures[] {
  const places = new Map(runs.map(({ run }, i) => [run, i]))
  return metrics.map(({ key, values }) => {
    const known = groups.map(({ runs: members }) =>
      members.flatMap((run) => {
        const value = values[places.get(run) ?? -1]
        return typeof value === 'number' && Number.isFinite(value) ? [value] : []
      }),
    )
    return {
      key,
      means: known.map((each) =>
        each.length === 0 ? null : each.reduce((sum, value) => sum + value, 0) / each.length,
      ),
      deviations: known.map((each) => (each.length < 2 ? null : deviationOf(each))),
    }
  })
}
