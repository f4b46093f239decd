import { medianRatio, type Spread, spreadOf } from './statistics.ts'

/** One figure, as `--json` writes it. */
export interface Row {
  /** What was done: `mini-resnet training`. */
  readonly work: string
  readonly engine: string
  /** Null where the work has none. */
  readonly batch: number | null
  /** `throughput`, `first step`, `peak memory`, ... */
  readonly metric: string
  /** Median over the rounds. */
  readonly value: number
  readonly unit: string
  /** Our value divided by this one, the median over the rounds; null for ourselves and where there is nothing to compare. */
  readonly ratio: number | null
  /** Smallest and largest round. */
  readonly spread: readonly [number, number]
  readonly rounds: number
}

/** What one engine gave for one metric, a number per round. */
export interface Series {
  readonly work: string
  readonly engine: string
  readonly batch: number | null
  readonly metric: string
  readonly unit: string
  readonly values: readonly number[]
}

/** Rows of measured series, ratios against the engine `ours` of the same work, batch and metric. */
export function rowsOf(series: readonly Series[], ours: string): Row[] {
  return series.map((each) => {
    const { work, engine, batch, metric, unit, values } = each
    const own = series.find(
      (other) =>
        other.engine === ours &&
        other.work === work &&
        other.batch === batch &&
        other.metric === metric,
    )
    const { median, low, high }: Spread = spreadOf(values)
    const ratio = own === undefined || own === each ? null : medianRatio(own.values, values)
    return {
      work,
      engine,
      batch,
      metric,
      value: median,
      unit,
      ratio,
      spread: [low, high] as const,
      rounds: values.length,
    }
  })
}
