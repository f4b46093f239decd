import type { TableEncoding } from '@ashlar/core'
import { encodeTable, type Rounding } from '../../tables/encode.ts'
import type { Table } from '../../tables/read-csv.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** Cells of a table as an encoding has them. */
export interface CellsPlan extends DecodePlan {
  readonly kind: 'cells'
  readonly encoding: TableEncoding
  readonly rounding: Rounding
}

/** The record is a table of one row. */
export function cellsDecoder({ encoding, rounding }: CellsPlan): RecordDecoder {
  return (record, { place, into }) => {
    const numbers = encodeTable(record as Table, encoding, rounding)
    into.inputs.set(numbers, place * numbers.length)
  }
}
