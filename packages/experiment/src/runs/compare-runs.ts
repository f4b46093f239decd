import { DataError } from '@ashlar/errors'
import { type Curves, readCurves } from './curves.ts'
import { type FlatConfig, type RunRecord, readRecord } from './record.ts'
import { openRun, type RunFolder } from './run-folder.ts'

/** Runs beside each other. */
export interface Comparison {
  readonly runs: readonly RunRecord[]
  /** Keys of the experiments whose values are not the same everywhere, with the value of each run. */
  readonly differences: Readonly<Record<string, readonly FlatConfig[string][]>>
  /** Every metric that one of them has, with the value of each run. */
  readonly metrics: Readonly<Record<string, readonly (number | undefined)[]>>
  /** One point per epoch, for each run. */
  readonly curves: readonly Curves[]
}

/**
 * Reads runs and says where they differ.
 *
 * @param paths run folders, or a `latest`.
 * @throws DataError when one of them is no run; it names the first such.
 */
export async function compareRuns(paths: readonly string[]): Promise<Comparison> {
  const folders: RunFolder[] = []
  const runs: RunRecord[] = []
  // One after the other: of several that are no runs it is always the first that is named.
  for (const each of paths) {
    const folder = await openRun(each)
    const record = await readRecord(folder.path)
    if (record === undefined) {
      throw new DataError({
        where: folder.path,
        expected: 'the config of the run must be readable',
      })
    }
    folders.push(folder)
    runs.push(record)
  }
  const curves = await Promise.all(folders.map((folder) => readCurves(folder, 'epoch')))
  return { ...compareRecords(runs), curves }
}

/** Says where runs differ, by their records alone. */
export function compareRecords(runs: readonly RunRecord[]): Omit<Comparison, 'curves'> {
  return {
    runs,
    differences: differing(runs.map(({ config }) => config)),
    metrics: side(runs.map(({ metrics }) => metrics)),
  }
}

function differing(configs: readonly FlatConfig[]): Comparison['differences'] {
  const rows = Object.entries(side(configs)).filter(([, values]) => new Set(values).size > 1)
  return Object.fromEntries(rows.map(([key, values]) => [key, values.map((each) => each ?? null)]))
}

/** Values by key, one for each of the lists, in the order in which keys come up. */
function side<T>(lists: readonly Readonly<Record<string, T>>[]): Record<string, (T | undefined)[]> {
  const keys = new Set(lists.flatMap((list) => Object.keys(list)))
  const at = (list: Readonly<Record<string, T>>, key: string) =>
    Object.hasOwn(list, key) ? list[key] : undefined
  return Object.fromEntries([...keys].map((key) => [key, lists.map((list) => at(list, key))]))
}
