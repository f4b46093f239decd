import { DataError } from '@ashlar/errors'
import { fieldIn } from '../field-in.ts'
import type { DecodePlan, RecordDecoder } from '../reader.ts'
import { textAsNumbers } from './numbers.ts'

/** A list of classes or token numbers as one of a given length: cut off what is more, filled up what is less. */
export interface ListPlan extends DecodePlan {
  readonly kind: 'list'
  readonly field: string
  /** Whether the field is an array: its bytes are numbers, and no text. */
  readonly isArray?: true | undefined
  /** Places of a sample. */
  readonly length: number
  /** What a place may be: one of these names, or its number. */
  readonly classes?: readonly string[] | undefined
  /** Numbers that there are, from 0 on. */
  readonly count: number
  /** What stands where a list has ended, and may stand in it besides. */
  readonly filling: number
}

/** @throws DataError for what is no list, and for a place that is none of the classes. */
export function listDecoder({
  field,
  length,
  classes,
  count,
  filling,
  isArray,
}: ListPlan): RecordDecoder {
  const known = new Map(classes?.map((name, at) => [name, at]))
  return (record, { where, place, into }) => {
    const own = fieldIn(record, field, where)
    const value = isArray ? own : textAsNumbers(own)
    const list = asList(value)
    if (list === undefined) {
      throw new DataError({
        where: `${where}, ${JSON.stringify(field)}`,
        expected: 'must be a list',
        given: value,
      })
    }
    for (let at = 0; at < length; at++) {
      const each = at < list.length ? list[at] : filling
      const number = typeof each === 'string' ? known.get(each) : Number(each)
      const isOne =
        number !== undefined &&
        Number.isInteger(number) &&
        (number === filling || (number >= 0 && number < count))
      if (!isOne) throw unknownPlace(`${where}, ${JSON.stringify(field)}, place ${at}`, each)
      into.inputs[place * length + at] = number
    }
  }

  function unknownPlace(where: string, each: unknown): DataError {
    const names = classes === undefined ? '' : `${classes.join(', ')}, or `
    return new DataError({
      where,
      expected: `must be ${names}a number from 0 to ${count - 1}`,
      given: each,
      hint: `Places that do not count are ${filling}.`,
    })
  }
}

/** How many places a field has; undefined for what is no list. */
export function placesIn(value: unknown): number | undefined {
  return asList(textAsNumbers(value))?.length
}

function asList(value: unknown): ArrayLike<unknown> | undefined {
  const given = typeof value === 'string' ? parsed(value) : value
  const isList = Array.isArray(given) || (ArrayBuffer.isView(given) && 'length' in given)
  return isList ? (given as ArrayLike<unknown>) : undefined
}

/** The cell of a table may hold a list in JSON, or words with spaces between. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text.split(/\s+/).filter(Boolean)
  }
}
