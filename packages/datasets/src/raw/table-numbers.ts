import type { TableEncoding } from '@ashlar/core/encoding'
import { encodeTable } from '../tables/encode.ts'
import type { Table } from '../tables/read-csv.ts'

/**
 * The cells of a table as numbers that a model takes, row after row. What is large is rounded: whoever asks for a prediction gets one.
 *
 * @throws DataError for a cell that is missing and nothing stands for it, and for one that is no number.
 */
export function tableNumbers(encoding: TableEncoding, table: Table): Float32Array {
  return encodeTable(table, asTaken(encoding), 'nearest')
}

/** A table that the model scales itself is left as it is; what it fills is NaN. */
function asTaken(table: TableEncoding): TableEncoding {
  if (!table.inGraph) return table
  const columns = table.columns.map((column) =>
    column.kind !== 'number'
      ? column
      : {
          kind: column.kind,
          name: column.name,
          ...(column.fill !== undefined && { fill: Number.NaN }),
        },
  )
  return { ...table, columns }
}
