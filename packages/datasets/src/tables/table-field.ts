import type { Field, TableEncoding } from '@ashlar/core'
import { dtypeOfTable, RESERVED, widthOfEncoding } from '@ashlar/core/encoding'

/** The field of a sample that columns come to: indices are whole, and say how many there are. */
export function fieldOfTable(encoding: TableEncoding): Field {
  const shape = [widthOfEncoding(encoding)]
  if (dtypeOfTable(encoding) === 'float32') return { shape, dtype: 'float32', encoding }
  const most = Math.max(
    ...encoding.columns.map((column) => (column.kind === 'index' ? column.categories.length : 0)),
  )
  return { shape, dtype: 'int32', range: [0, RESERVED.first + most - 1], encoding }
}
