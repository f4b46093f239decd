import type { TableEncoding } from '@ashlar/core/encoding'
import { encodeTable } from '../tables/encode.ts'
import type { Table } from '../tables/read-csv.ts'

/**
 * The cells of a table as numbers that a model takes, row after row. What is large is rounded: whoever asks for a prediction gets one.
 *
 * @throws DataError for a cell that is missing and nothing stands for it, and for one that is no number.
 */
export function tableNumbers(encoding: TableEncoding, table: Table): Float32Array {
  return encodeTable(table, encoding, 'nearest')
}
