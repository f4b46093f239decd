import { DataError } from '@ashlar/errors'
import { type CsvFormat, parseRecords, requireCells, textOfLine } from '../csv-records.ts'
import type { RecordStore, StorePlan } from '../reader.ts'
import { ShardFiles } from '../shard-files.ts'
import { folderOfFile, type Located, placeInFile } from './located.ts'

/** Rows of CSV files. */
export interface CsvPlan extends StorePlan, Located, CsvFormat {
  readonly kind: 'csv'
  readonly columns: readonly string[]
}

/** Each row as its cells by column. */
export function openCsv(plan: CsvPlan): RecordStore {
  const shards = new ShardFiles(plan.paths)
  const { delimiter, encoding, columns } = plan
  const where = (row: number) => placeInFile(plan, row)
  return {
    where,
    folder: (row) => folderOfFile(plan, row),
    get(row): Readonly<Record<string, string>> {
      const bytes = shards.read(plan.files[row]!, plan.offsets[row]!, plan.sizes[row]!)
      const text = textOfLine(bytes, encoding, where(row))
      const rows = parseRecords(text, delimiter, where(row))
      if (rows.length !== 1) {
        throw new DataError({
          where: where(row),
          expected: 'must be one row, as it was when it was looked at',
          given: `${rows.length} rows`,
          hint: 'The file was changed: begin anew.',
        })
      }
      requireCells(rows[0]!, columns.length, where(row))
      return Object.fromEntries(columns.map((name, at) => [name, rows[0]![at]!]))
    },
  }
}
