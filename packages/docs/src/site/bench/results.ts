import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One figure of a bench, as it is kept. */
export interface BenchRow {
  readonly work: string
  readonly engine: string
  readonly batch: number | null
  readonly metric: string
  readonly value: number
  readonly unit: string
  /** Our value divided by this one; null for ourselves and where there is nothing to compare. */
  readonly ratio: number | null
  /** Slowest and fastest round. */
  readonly spread: readonly [number, number]
}

/** A kept measurement. */
export interface BenchResult {
  readonly date: string
  readonly machine: {
    readonly cpu: string
    readonly vectors?: string
    readonly cores: number
    readonly memoryGiB: number
    readonly node: string
  }
  readonly command: string
  readonly versions: Readonly<Record<string, string>>
  readonly missing: Readonly<Record<string, string>>
  readonly rows: readonly BenchRow[]
}

/** The results that are kept of each bench: `train`, `serve`, ... */
export async function readResults(
  folder: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, BenchResult>>> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const benches = await Promise.all(
    names.sort().map(async (bench) => [bench, await readBench(join(folder, bench))] as const),
  )
  return new Map(benches)
}

async function readBench(folder: string): Promise<ReadonlyMap<string, BenchResult>> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort()
  const results = await Promise.all(
    files.map(async (file) => {
      const result = JSON.parse(await readFile(join(folder, file), 'utf8')) as BenchResult
      return [file.replace(/\.json$/, ''), result] as const
    }),
  )
  return new Map(results)
}
