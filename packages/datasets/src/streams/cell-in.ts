import { DataError } from '@ashlar/errors'

/**
 * A value of a record as the cell of a table has it: texts in Unicode's composed form, numbers by their digits, `true` and `false`, nothing for what is missing.
 *
 * @param where names the record in errors.
 * @throws DataError for another structure.
 */
export function cellIn(value: unknown, field: string, where: string): string {
  if (typeof value === 'string') return value.normalize()
  // Tables of other tools say NaN where a column of numbers has no value.
  if (value === undefined || value === null || Number.isNaN(value)) return ''
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') {
    return String(value)
  }
  if (value instanceof Uint8Array) {
    const { buffer, byteOffset, byteLength } = value
    return Buffer.from(buffer, byteOffset, byteLength).toString().trim().normalize()
  }
  throw new DataError({
    where: `${where}, ${JSON.stringify(field)}`,
    expected: 'must be the cell of a table: a text, a number, or yes or no',
    given: value,
    hint: 'Lists of numbers are `as: numbers`.',
  })
}
