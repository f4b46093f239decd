import { ConfigError, DataError } from '@ashlar/errors'
import { isWordForNothing } from './words-for-nothing.ts'

/** Several labels of a sample: yes or no to each of some classes. */
export interface Answers {
  /** One field that holds a list, or one for each class. */
  readonly fields: readonly string[]
  readonly classes: readonly string[]
}

/** A value of the sample, and where it stands for errors. */
export interface AnswerSource {
  value(field: string): unknown
  where(field: string): string
}

/** Writes 1 for yes and 0 for no to each class. */
export type AnswersWriter = (source: AnswerSource, to: Float32Array) => void

/**
 * The names of the classes: those that are given, or those of the fields where there is one for each.
 *
 * @param option names them in errors.
 * @throws ConfigError for another number of names than of fields.
 */
export function namesOfFields(
  fields: readonly string[],
  classes: readonly string[] | undefined,
  option: string,
): readonly string[] {
  const names = classes ?? fields
  if (names.length === fields.length) return names
  throw new ConfigError({
    where: option,
    expected: `must have one for each of the ${fields.length} fields`,
    given: names,
  })
}

/** @throws DataError by the writer for a class that nobody knows, and for an answer that is neither yes nor no. */
export function answersWriter({ fields, classes }: Answers): AnswersWriter {
  const [field] = fields as [string]
  if (fields.length > 1) return writerByField(fields)
  const places = new Map(classes.map((name, at) => [name, at]))
  // Where names are numbers, a number is a name: another would be taken for the wrong class.
  const indexed = classes.some((name) => WHOLE.test(name)) ? 0 : classes.length
  return (source, to) => {
    to.fill(0)
    for (const each of namesIn(source.value(field), places)) {
      const at = placeOf(each, places, indexed)
      if (at === undefined) {
        throw new DataError({
          where: source.where(field),
          expected: `must be some of ${classes.join(', ')}${indexed > 0 ? ', or their numbers from 0 on' : ''}`,
          given: each,
          hint: 'A list, or names with `;`, `|`, commas or spaces between; none at all is right as well.',
        })
      }
      to[at] = 1
    }
  }
}

const WHOLE = /^\d+$/

/**
 * A name, which numbers may be as well (`"1", "2", "3"`), before an index.
 *
 * @param indexed how many classes may be told by their index.
 */
function placeOf(
  each: unknown,
  places: ReadonlyMap<string, number>,
  indexed: number,
): number | undefined {
  if (!['string', 'number', 'bigint'].includes(typeof each)) return undefined
  const text = String(each)
  const known = places.get(text.normalize())
  if (known !== undefined || !WHOLE.test(text)) return known
  const at = Number(text)
  return at < indexed ? at : undefined
}

/** The names that a value holds; a text that is none of them holds several. */
function namesIn(value: unknown, places: ReadonlyMap<string, number>): Iterable<unknown> {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView))) {
    return value as Iterable<unknown>
  }
  // Python's data frames write NaN where there is no list.
  if (typeof value !== 'string') return Number.isNaN(value) ? [] : [value]
  const text = value.trim()
  if (places.has(text.normalize())) return [text]
  if (isWordForNothing(text)) return []
  return partsOf(text) ?? text.split(/\s+/).filter(Boolean)
}

/** A name of a list as Python writes it, in either sort of quotes, or without. */
const IN_QUOTES = /"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s,'"][^,]*)/g

/** What a text that has signs of a list holds: JSON, what Python shows of a list, or names with `;`, `|` or commas between. */
export function partsOf(text: string): readonly unknown[] | undefined {
  if (text.startsWith('[')) {
    try {
      return namedParts(JSON.parse(text) as unknown[])
    } catch {
      if (!text.endsWith(']')) return [text]
      const found = text.slice(1, -1).matchAll(IN_QUOTES)
      return namedParts(Array.from(found, ([, double, single, plain]) => double ?? single ?? plain))
    }
  }
  if (!/[;|,]/.test(text)) return undefined
  return namedParts(text.split(/[;|,]/))
}

/** The parts of a list that name something, without spaces around. */
function namedParts(parts: readonly unknown[]): readonly unknown[] {
  return parts
    .map((part) => (typeof part === 'string' ? part.trim() : (part ?? '')))
    .filter((part) => part !== '')
}

const YES = ['1', 'true', 'yes', 'y', 't']
const NO = ['0', 'false', 'no', 'n', 'f']

/** Yes or no, in words or as 1 and 0; undefined for what is neither. */
export function answerIn(value: unknown): boolean | undefined {
  const word = String(value ?? '')
    .trim()
    .toLowerCase()
  // Where a cell is missing, other tools make fractions of a column of 0 and 1.
  const plain = word.replace(/^([01])\.0+$/, '$1')
  if (YES.includes(plain)) return true
  return NO.includes(plain) ? false : undefined
}

function writerByField(fields: readonly string[]): AnswersWriter {
  return (source, to) => {
    for (const [at, field] of fields.entries()) {
      const value = source.value(field)
      const answer = answerIn(value)
      if (answer === undefined) {
        throw new DataError({
          where: source.where(field),
          expected: `must say yes or no: ${[...YES, ...NO].join(', ')}`,
          given: value,
        })
      }
      to[at] = Number(answer)
    }
  }
}
