import type { TableEncoding } from '@ashlar/core'
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

/** The record is a table of one row; all have the columns of the first. */
export function cellsDecoder({ encoding, rounding }: CellsPlan): RecordDecoder {
  let encode: ((table: Table) => Float32Array) | undefined
  return (record, { place, into }) => {
    const table = record as Table
    encode ??= tableEncoder(encoding, table.columns, rounding, STREAM_HINT)
    const numbers = encode(table)
    into.inputs.set(numbers, place * numbers.length)
  }
}
