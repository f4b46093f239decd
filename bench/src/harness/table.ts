import type { Row } from './row.ts'

/** Rows as a Markdown table, one line per work and engine, one column per metric; without a column for the batch where no work has one. */
export function tableOf(rows: readonly Row[]): string {
  const metrics = [...new Set(rows.map(({ metric, unit }) => `${metric}, ${unit}`))]
  const hasBatch = rows.some(({ batch }) => batch !== null)
  const lines = new Map<string, Row[]>()
  for (const row of rows) {
    const key = [row.work, ...(hasBatch ? [row.batch ?? ''] : []), row.engine].join(' | ')
    lines.set(key, [...(lines.get(key) ?? []), row])
  }
  const header = ['work', ...(hasBatch ? ['batch'] : []), 'engine', ...metrics]
  return [
    `| ${header.join(' | ')} |`,
    `|${' --- |'.repeat(header.length)}`,
    ...[...lines].map(([key, own]) => {
      const cells = metrics.map((metric) => {
        const row = own.find((each) => `${each.metric}, ${each.unit}` === metric)
        return row === undefined ? '' : cellOf(row)
      })
      return `| ${key} | ${cells.join(' | ')} |`
    }),
  ].join('\n')
}

/** `2,350 (1,510 to 2,690), ours x 0.98` */
function cellOf({ value, spread, rounds, ratio }: Row): string {
  const range = rounds > 1 ? ` (${numberText(spread[0])} to ${numberText(spread[1])})` : ''
  const against = ratio === null ? '' : `, ours x ${ratio.toFixed(2)}`
  return `${numberText(value)}${range}${against}`
}

/** Three digits that count, or all those before the point. */
export function numberText(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString('en-US')
  return String(Number(value.toPrecision(3)))
}
