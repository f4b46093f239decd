import { code, markdownTable, type Page } from '../page.ts'
import { barChart, figureOf } from './chart.ts'
import type { BenchResult, BenchRow } from './results.ts'

/** Where charts stand in pages: the site puts the drawing in their place. */
export const CHART = 'chart'

/** A page of charts and figures for each bench. */
export function benchPages(benches: ReadonlyMap<string, ReadonlyMap<string, BenchResult>>): Page[] {
  return [...benches].map(([bench, results]) => {
    const title = `Benchmark: ${bench}`
    const parts = [...results].map(([name, result]) => resultPart(name, result))
    const text = `# ${title}

Figures that \`pnpm bench ${bench}\` kept. A bar is the median of the rounds, the line on it goes from the smallest round to the largest. "Ours x 1.30" means that
Ashlar's figure is 1.30 times the other, the median of the ratios of each round.

${parts.join('\n\n')}
`
    return { path: `benchmarks/${bench}.md`, title, text }
  })
}

function resultPart(
  name: string,
  { rows, machine, command, versions, missing, date }: BenchResult,
): string {
  const metrics = [...new Set(rows.map(({ metric }) => metric))]
  const charts = metrics.flatMap((metric) =>
    chartPart(
      name,
      rows.filter((row) => row.metric === metric),
    ),
  )
  const { cpu, vectors, cores, memoryGiB, node } = machine
  const notes = [
    `${code(command)}, ${date}, ${cpu}${vectors === undefined ? '' : ` (${vectors})`}, ${cores} cores, ${memoryGiB} GiB, Node ${node}.`,
    `Versions: ${Object.entries(versions)
      .map(([engine, version]) => `${engine}: ${version}`)
      .join('; ')}.`,
    ...Object.entries(missing).map(([engine, reason]) => `Not measured: ${engine}, ${reason}.`),
  ]
  return `## ${name.replaceAll('-', ' ')}

${charts.join('\n\n')}

::: details Figures
${figures(rows)}
:::

${notes.join(' ')}`
}

/** A chart where there is something to compare. */
function chartPart(name: string, rows: readonly BenchRow[]): string[] {
  const [first] = rows
  if (first === undefined || new Set(rows.map((row) => row.engine)).size < 2) return []
  const svg = barChart(`${name}: ${first.metric}`, rows)
  return [`**${first.metric}, ${first.unit}**\n\n\`\`\`${CHART}\n${svg}\n\`\`\``]
}

function figures(rows: readonly BenchRow[]): string {
  return markdownTable(
    ['work', 'batch', 'engine', 'metric', 'value', 'rounds from, to', 'ours x'],
    rows.map((row) => [
      row.work,
      row.batch === null ? '' : String(row.batch),
      row.engine,
      row.metric,
      `${figureOf(row.value)} ${row.unit}`,
      row.spread.map(figureOf).join(', '),
      row.ratio === null ? '' : row.ratio.toFixed(2),
    ]),
  )
}
