import { DataError } from '@ashlar/errors'
import { type Decimal, decimalHint, isByPoint, withPoint } from '../../tables/decimal.ts'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'

/** Numbers of fields, one after the other; of a record that is numbers itself, these. */
export interface NumbersPlan extends DecodePlan {
  readonly kind: 'numbers'
  /** Left out: the record is the numbers. */
  readonly fields?: readonly string[] | undefined
  /** Whether a field is an array: its bytes are numbers, and no text. */
  readonly isArray?: true | undefined
  /** Numbers of a sample. */
  readonly size: number
  /** The sign of numbers that are text. */
  readonly decimal?: Decimal | undefined
}

/** Whole numbers beyond are not all there in float32. */
const LARGEST_WHOLE = 2 ** 24

/** @throws DataError for what is no number, and for more or fewer of them. */
export function numbersDecoder({ fields, size, isArray, decimal }: NumbersPlan): RecordDecoder {
  return (record, { where, place, into }) => {
    const to = into.inputs.subarray(place * size, (place + 1) * size)
    if (fields === undefined && isPlain(record) && record.length === size) {
      to.set(record)
      return
    }
    if (isArray) {
      const own = fieldIn(record, fields![0]!, where)
      const isSame = own instanceof Int32Array && to instanceof Int32Array
      if ((isSame || isPlain(own)) && own.length === size) {
        to.set(own)
        return
      }
    }
    let at = 0
    const put = (value: unknown, field: string | undefined): void => {
      if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
        for (const each of value as Iterable<unknown>) put(each, field)
        return
      }
      const number = numberOf(value, decimal)
      if (number === undefined) {
        throw new DataError({
          where: field === undefined ? where : `${where}, ${JSON.stringify(field)}`,
          expected: 'must be a number that float32 has, or a list of them',
          given: value,
          hint:
            decimalHint(value, decimal) ??
            'Name the fields that are numbers by `input`, or say what this one is by `as`.',
        })
      }
      if (at < size) to[at] = number
      at++
    }
    if (fields === undefined) put(record, undefined)
    else
      for (const field of fields) {
        const value = fieldIn(record, field, where)
        put(isArray ? value : listedIn(textAsNumbers(value)), field)
      }
    if (at === size) return
    throw new DataError({
      where,
      expected: `must have the ${size} numbers that each sample has`,
      given: at,
      hint: 'Samples must be of one shape: say which by `shape`.',
    })
  }
}

/** Numbers that need not be looked at one by one. */
function isPlain(record: unknown): record is Uint8Array | Float32Array {
  if (record instanceof Uint8Array) return true
  return record instanceof Float32Array && record.every(Number.isFinite)
}

/** A file that is a field holds a number or a list of them as a text. */
export function textAsNumbers(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString().trim()
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** The cell of a table may hold a list of numbers in JSON, or with spaces between. */
function listedIn(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const text = value.trim()
  if (!text.startsWith('[')) return /\s/.test(text) ? text.split(/\s+/) : value
  try {
    return JSON.parse(text) as unknown
  } catch {
    return value
  }
}

/**
 * What a cell of a table says for an input that takes numbers as they are: a number, a list of them, yes or no; what is neither stays a text.
 *
 * @param decimal the sign of numbers, but for those of a list in JSON, which has its own.
 */
export function cellAsNumbers(cell: string, decimal: Decimal | undefined): unknown {
  const toNumber = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(toNumber)
    if (typeof value !== 'string' || value.trim() === '' || isByPoint(value, decimal)) return value
    const number = Number(withPoint(value, decimal))
    return Number.isFinite(number) ? number : value
  }
  const text = cell.trim()
  if (text === 'true' || text === 'false') return text === 'true'
  return toNumber(listedIn(text))
}

function numberOf(value: unknown, decimal: Decimal | undefined): number | undefined {
  const number =
    typeof value === 'number'
      ? value
      : typeof value === 'bigint' || typeof value === 'boolean'
        ? Number(value)
        : typeof value === 'string' && value.trim() !== '' && !isByPoint(value, decimal)
          ? Number(withPoint(value, decimal))
          : Number.NaN
  if (!Number.isFinite(Math.fround(number))) return undefined
  if (
    Number.isInteger(number) &&
    Math.abs(number) > LARGEST_WHOLE &&
    Math.fround(number) !== number
  ) {
    return undefined
  }
  return number
}
