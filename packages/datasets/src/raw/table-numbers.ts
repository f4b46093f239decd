import type { TableEncoding } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { encodeTable } from '../tables/encode.ts'
import type { Table } from '../tables/read-csv.ts'
import { withHint } from './with-hint.ts'

/** What to do about a cell of new data. */
const CELL_HINT = 'The model reads this column as it was trained with it: mend the cell.'

/**
 * The cells of a table as numbers that a model takes, row after row. What is large is rounded: whoever asks for a prediction gets one.
 *
 * @throws DataError for a cell that is missing and nothing stands for it, and for one that is no number.
 */
export function tableNumbers(encoding: TableEncoding, table: Table): Float32Array {
  try {
    return encodeTable(table, encoding, 'nearest')
  } catch (error) {
    throw error instanceof DataError ? withHint(error, CELL_HINT) : error
  }
}
