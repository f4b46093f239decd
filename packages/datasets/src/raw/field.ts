import { dtypeOfTable, type InputEncoding, type TableEncoding } from '@ashlar/core/encoding'
import { DataError } from '@ashlar/errors'
import { bytesDecoder } from '../images/decode-image.ts'
import { bytesOf } from '../streams/decoders/picture.ts'
import { pictureNumbers, takenBytes } from './picture-numbers.ts'
import { tableNumbers } from './table-numbers.ts'

/** Makes one field of a sample of what stands for it: the path of a picture or its bytes, or cells by column. */
export type RawField = (
  value: unknown,
  where: string,
  folder: string,
) => Promise<Float32Array | Int32Array | Uint8Array>

/**
 * A maker of one field of samples, in the way that a model was trained with.
 *
 * @throws DataError by the maker for what is no picture, for a path that leads out of the folder, for cells that are missing or none, and when sharp is needed and not installed.
 */
export async function rawField(input: InputEncoding): Promise<RawField> {
  if (input.kind === 'image') {
    const decode = await bytesDecoder(input)
    return async (value, where, folder) => {
      const bytes = await decode(bytesOf(value, where, undefined, folder), where)
      return input.inGraph ? takenBytes(input, bytes) : pictureNumbers(input, bytes)
    }
  }
  const { decimal } = input
  const columns = input.columns.map(({ name }) => name)
  const numbersOf = (cells: string[], where: string) => {
    const numbers = tableNumbers(input, { path: where, columns, rows: [cells], lines: [], decimal })
    return dtypeOfTable(input) === 'int32' ? Int32Array.from(numbers) : numbers
  }
  return async (value, where) => {
    if (standsForItself(input, value)) {
      return numbersOf([value], where)
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new DataError({
        where,
        expected: `must be an object with the cells of the columns ${columns.join(', ')}`,
        given: value,
      })
    }
    const given = value as Readonly<Record<string, unknown>>
    const cells = columns.map((name) => {
      const cell = Object.hasOwn(given, name) ? given[name] : undefined
      if (cell === undefined || cell === null) return ''
      // A number has no sign of its own.
      const isWritten = typeof cell !== 'number' || decimal !== ','
      return isWritten ? String(cell) : String(cell).replace('.', ',')
    })
    return numbersOf(cells, where)
  }
}

/** Whether a text is a name of which a table's only column makes an index: it needs no name of the column. */
export function standsForItself({ columns }: TableEncoding, value: unknown): value is string {
  return typeof value === 'string' && columns.length === 1 && columns[0]!.kind === 'index'
}
