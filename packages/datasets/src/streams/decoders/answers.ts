import { DataError } from '@ashlar/errors'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'
import { textAsNumbers } from './numbers.ts'

/** Yes or no, as 1 and 0, to each of some classes: by a list of those that are right, or by a field for each. */
export interface AnswersPlan extends DecodePlan {
  readonly kind: 'answers'
  /** One that holds a list, or one for each class. */
  readonly fields: readonly string[]
  readonly classes: readonly string[]
}

/** @throws DataError for a class that nobody knows, and for an answer that is neither yes nor no. */
export function answersDecoder({ fields, classes }: AnswersPlan): RecordDecoder {
  const [field] = fields as [string]
  if (fields.length > 1) return answersByField(fields)
  const places = new Map(classes.map((name, at) => [name, at]))
  return (record, { where, place, into }) => {
    const to = into.inputs.subarray(place * classes.length, (place + 1) * classes.length)
    to.fill(0)
    for (const each of namesIn(textAsNumbers(fieldIn(record, field, where)), places)) {
      const at = placeOf(each, places)
      if (at === undefined) {
        throw new DataError({
          where: `${where}, ${JSON.stringify(field)}`,
          expected: `must be some of ${classes.join(', ')}, or their numbers from 0 on`,
          given: each,
          hint: 'A list, or names with `;`, `|`, commas or spaces between; none at all is right as well.',
        })
      }
      to[at] = 1
    }
  }
}

/** A name, which numbers may be as well (`"1", "2", "3"`), before an index. */
function placeOf(each: unknown, places: ReadonlyMap<string, number>): number | undefined {
  if (!['string', 'number', 'bigint'].includes(typeof each)) return undefined
  const text = String(each)
  const known = places.get(text.normalize())
  if (known !== undefined || !/^\d+$/.test(text)) return known
  const at = Number(text)
  return at < places.size ? at : undefined
}

/** The names that a value holds; a text that is none of them holds several. */
function namesIn(value: unknown, places: ReadonlyMap<string, number>): Iterable<unknown> {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    return value as Iterable<unknown>
  }
  if (typeof value !== 'string') return [value]
  const text = value.trim()
  if (text.startsWith('[')) {
    try {
      return JSON.parse(text) as unknown[]
    } catch {
      return [text]
    }
  }
  if (places.has(text.normalize())) return [text]
  const parts = /[;|,]/.test(text) ? text.split(/[;|,]/) : text.split(/\s+/)
  return parts.map((part) => part.trim()).filter(Boolean)
}

const YES = ['1', 'true', 'yes', 'y', 't']
const NO = ['0', 'false', 'no', 'n', 'f']

function answersByField(fields: readonly string[]): RecordDecoder {
  return (record, { where, place, into }) => {
    for (const [at, field] of fields.entries()) {
      const value = textAsNumbers(fieldIn(record, field, where))
      const word = String(value ?? '')
        .trim()
        .toLowerCase()
      if (!YES.includes(word) && !NO.includes(word)) {
        throw new DataError({
          where: `${where}, ${JSON.stringify(field)}`,
          expected: `must say yes or no: ${[...YES, ...NO].join(', ')}`,
          given: value,
        })
      }
      into.inputs[place * fields.length + at] = Number(YES.includes(word))
    }
  }
}
