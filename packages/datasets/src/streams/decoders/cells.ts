import type { TableEncoding } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { type Rounding, tableEncoder } from '../../tables/encode.ts'
import type { Table } from '../../tables/read-csv.ts'
import { STREAM_HINT } from '../csv-records.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** Cells of a table as an encoding has them. */
export interface CellsPlan extends DecodePlan {
  readonly kind: 'cells'
  readonly encoding: TableEncoding
  readonly rounding: Rounding
}

/** The record is a row, its cells by column. */
export function cellsDecoder({ encoding, rounding }: CellsPlan): RecordDecoder {
  const columns = encoding.columns.map(({ name }) => name)
  const encode: (table: Table) => Float32Array = tableEncoder(
    encoding,
    columns,
    rounding,
    STREAM_HINT,
  )
  return (record, { where, place, into }) => {
    const cells = columns.map((name) => {
      const cell = (record as Readonly<Record<string, unknown>>)[name]
      if (typeof cell === 'string') return cell
      throw new DataError({
        where: `${where}, ${JSON.stringify(name)}`,
        expected: 'must be the cell of a table',
        given: cell,
      })
    })
    const numbers = encode({ path: where, columns, rows: [cells], lines: [] })
    into.inputs.set(numbers, place * numbers.length)
  }
}
