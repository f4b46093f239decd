import {
  deviationOf,
  filterRuns,
  listRuns,
  type RunRecord,
  type RunValue,
  requireKey,
  runValue,
  sortRuns,
  usualSettings,
} from '@ashlar/experiment/runs'
import { formatCount, formatDuration, formatMetric, formatSpread } from '../terminal/format.ts'
import type { Output } from '../terminal/output.ts'
import { formatTable } from '../terminal/table.ts'

/** Which runs to show, and how. */
export interface RunsRequest {
  readonly out: string
  readonly conditions: readonly string[]
  readonly sort?: string | undefined
  /** 0 shows all. */
  readonly limit: number
  /** Keys joined with commas. */
  readonly columns?: string | undefined
  readonly rebuild?: boolean | undefined
}

/** Test metrics that are shown when nobody chose columns. */
const MOST_METRICS = 3

/** Lists runs. */
export async function showRuns(request: RunsRequest, output: Output): Promise<void> {
  const all = await listRuns(request.out, { rebuild: request.rebuild })
  const found = filterRuns(all, request.conditions)
  const sorted = request.sort === undefined ? found : sortRuns(found, request.sort)
  const shown = request.limit === 0 ? sorted : sorted.slice(0, request.limit)
  output.result({ total: all.length, found: found.length, runs: shown })
  if (output.json) return
  if (shown.length === 0) {
    output.line(all.length === 0 ? `no runs in ${request.out}` : 'no run fulfils that')
    return
  }
  const chosen = request.columns?.split(',').map((key) => key.trim())
  for (const key of chosen ?? []) requireKey(key, all, 'columns')
  const columns = chosen ?? usualColumns(shown)
  const rows = shown.map((record) => [
    record.run,
    ...columns.map((key) => formatValue(record, key)),
    record.tags.map((tag) => `#${tag}`).join(' '),
  ])
  for (const line of formatTable(['run', ...columns, ''], rows)) output.line(line)
  if (shown.length < found.length) {
    output.line(
      `${formatCount(shown.length)} of ${formatCount(found.length)} runs; --limit 0 shows all`,
    )
  }
}

function usualColumns(records: readonly RunRecord[]): string[] {
  const metrics = new Set(
    records.flatMap((record) => Object.keys(record.metrics)).filter((key) => !key.includes('.')),
  )
  return ['outcome', ...usualSettings(records), ...[...metrics].slice(0, MOST_METRICS), 'seconds']
}

function formatValue(record: RunRecord, key: string): string {
  const value: RunValue = runValue(record, key)
  if (value == null) return ''
  const { steps, totalSteps } = record
  if (key === 'outcome' && steps !== undefined && totalSteps !== undefined) {
    return `${value}, ${Math.floor((100 * steps) / totalSteps)} %`
  }
  if (typeof value !== 'number') return String(value)
  if (key === 'seconds') return formatDuration(value)
  const deviation = deviationOf(record, key)
  if (deviation !== undefined) return formatSpread(value, deviation)
  return Number.isInteger(value) ? formatCount(value) : formatMetric(value)
}
