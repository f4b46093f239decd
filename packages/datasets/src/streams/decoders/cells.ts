import type { TableEncoding } from '@ashlar/core'
import type { Decimal } from '../../tables/decimal.ts'
import { type Rounding, tableEncoder } from '../../tables/encode.ts'
import type { Table } from '../../tables/read-csv.ts'
import { cellIn } from '../cell-in.ts'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** Cells of a table as an encoding has them. */
export interface CellsPlan extends DecodePlan {
  readonly kind: 'cells'
  readonly encoding: TableEncoding
  readonly rounding: Rounding
  /** The decimal sign of these files, whatever those had that a model was trained on. */
  readonly decimal?: Decimal | undefined
}

/** The record's fields are the cells of a row. */
export function cellsDecoder({ encoding, rounding, decimal }: CellsPlan): RecordDecoder {
  const columns = encoding.columns.map(({ name }) => name)
  const encode: (table: Table) => Float32Array = tableEncoder(encoding, columns, rounding)
  return (record, { where, place, into }) => {
    const cells = columns.map((name) => cellIn(fieldIn(record, name, where), name, where))
    const numbers = encode({ path: where, columns, rows: [cells], lines: [], decimal })
    into.inputs.set(numbers, place * numbers.length)
  }
}
