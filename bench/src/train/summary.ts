import type { Row } from '../harness/row.ts'
import { numberText } from '../harness/table.ts'
import { type Engine, OURS } from './engines.ts'

/** The peers that stand in the table, with the names of their columns. */
const PEERS = [
  ['pytorch', 'PyTorch'],
  ['keras', 'Keras'],
] as const

/** Of a peer that has several ways, what it does best in each column: its throughput, its quickest start, its smallest memory. */
interface Best {
  readonly ratio: number | undefined
  readonly start: number | undefined
  readonly peak: number | undefined
}

/**
 * One line for each work and batch as a Markdown table: Ashlar's throughput over that of each peer at its best, seconds to the first step with an empty cache and with what an earlier
 * process has kept, and peak memory, the peers' in brackets; below it the geometric means of the ratios in training.
 *
 * @param engines whose rows these are.
 */
export function summaryOf(rows: readonly Row[], engines: readonly Engine[]): string {
  const works = new Map<string, Row[]>()
  for (const row of rows) {
    const key = `${row.work} | ${row.batch}`
    works.set(key, [...(works.get(key) ?? []), row])
  }
  const names = PEERS.map(([, name]) => name)
  const ratios = new Map<string, number[]>(names.map((name) => [name, []]))
  const lines = [...works].map(([key, own]) => {
    const ours = (metric: string) => own.find((r) => r.engine === OURS && r.metric === metric)
    const best = PEERS.map(([family]) => bestOf(family, own, engines))
    for (const [index, { ratio }] of best.entries()) {
      if (ratio !== undefined && own[0]!.work.endsWith(' training')) {
        ratios.get(names[index]!)!.push(ratio)
      }
    }
    const start = [ours('first step'), ours('second start')].map(textOf).join(', ')
    return [
      key,
      ...best.map(({ ratio }) => ratio?.toFixed(2) ?? ''),
      `${start}${bracketed(best.map((each) => each.start))}`,
      `${textOf(ours('peak memory'))}${bracketed(best.map((each) => each.peak))}`,
    ]
  })
  const header = [
    ...['work', 'batch', ...names.map((name) => `Ashlar / ${name}`)],
    `first step, second start, s (${names.join(', ')})`,
    `peak memory, MiB (${names.join(', ')})`,
  ]
  const means = [...ratios]
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => `${geometricMean(values).toFixed(2)} x ${name} (${values.length})`)
  return [
    `| ${header.join(' | ')} |`,
    `|${' --- |'.repeat(header.length)}`,
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    ...(means.length === 0 ? [] : ['', `Geometric means of training: ${means.join(', ')}.`]),
  ].join('\n')
}

function bestOf(family: string, rows: readonly Row[], engines: readonly Engine[]): Best {
  const names = new Set(engines.filter((each) => each.family === family).map(({ name }) => name))
  const least = (metric: string, value: (row: Row) => number | null) => {
    const values = rows
      .filter((row) => names.has(row.engine) && row.metric === metric)
      .map(value)
      .filter((each) => each !== null)
    return values.length === 0 ? undefined : Math.min(...values)
  }
  return {
    ratio: least('throughput', ({ ratio }) => ratio),
    start: least('first step', ({ value }) => value),
    peak: least('peak memory', ({ value }) => value),
  }
}

function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length)
}

function textOf(row: Row | undefined): string {
  return row === undefined ? '-' : numberText(row.value)
}

/** ` (4.1, 8.3)`, nothing where there are none. */
function bracketed(values: readonly (number | undefined)[]): string {
  if (values.every((value) => value === undefined)) return ''
  return ` (${values.map((value) => (value === undefined ? '-' : numberText(value))).join(', ')})`
}
