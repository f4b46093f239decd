import type { TableEncoding } from '@ashlar/core'
import { type Rounding, tableEncoder } from '../../tables/encode.ts'
import type { Table } from '../../tables/read-csv.ts'
import { STREAM_HINT } from '../csv-records.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** Cells of a table as an encoding has them. */
export interface CellsPlan extends DecodePlan {
  readonly kind: 'cells'
  readonly encoding: TableEncoding
  /** The columns of the tables. */
  readonly columns: readonly string[]
  readonly rounding: Rounding
}

/** The record is a table of one row. */
export function cellsDecoder({ encoding, columns, rounding }: CellsPlan): RecordDecoder {
  const encode = tableEncoder(encoding, columns, rounding, STREAM_HINT)
  return (record, { place, into }) => {
    const numbers = encode(record as Table)
    into.inputs.set(numbers, place * numbers.length)
  }
}
