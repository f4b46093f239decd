import { createHash, type Hash } from 'node:crypto'
import { DataError } from '@ashlar/errors'
import { placesIn } from './decoders/list.ts'
import { namedFile } from './decoders/picture.ts'
import { textIn } from './decoders/tokens.ts'
import { sharedFloat64, sharedUint32 } from './texts.ts'
import { openTokenizer } from './tokenizer.ts'

/** Different values of a column that is no number for each sample. */
const MOST_NAMES = 1_000_000

/** A column that was read whole: what is small is held in memory. */
export interface Column {
  /** Place of each row's value in `names`. */
  readonly codes: Uint32Array
  /** The different values, in the order in which they came. */
  readonly names: readonly string[]
  /** Each row's value where all are numbers. */
  readonly numbers?: Float64Array | undefined
  /** SHA-256 of what the values are the names of, where these are files. */
  readonly digest?: string | undefined
}

/** A column that is read whole. */
export interface WantedColumn {
  readonly field: string
  /** Whether every value is one of its own; else they are names, and many rows have the same. */
  readonly asNumbers: boolean
  /** Its values are sequences, and how long each is becomes the column; {@link keyOfColumn} tells it from the values. */
  readonly measure?: Measure | undefined
}

/** What is found out of each value: how many tokens a text has, how many places a list; or what the file holds that it names, within a folder. */
export type Measure =
  | { readonly of: 'text'; readonly tokenizer: string | undefined }
  | { readonly of: 'list' }
  | { readonly of: 'file'; readonly folder: string }

/** What a column is found under. */
export function keyOfColumn({ field, measure }: Pick<WantedColumn, 'field' | 'measure'>): string {
  if (measure === undefined) return field
  return measure.of === 'file' ? `files of ${field}` : `length of ${field}`
}

/** Gatherers of some columns. */
export function gatherersOf(columns: readonly WantedColumn[]): ColumnGatherer[] {
  return columns.map((column) => new ColumnGatherer(column))
}

/** What they have gathered, by {@link keyOfColumn}. */
export function gathered(
  columns: readonly WantedColumn[],
  gatherers: readonly ColumnGatherer[],
): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    columns.map((column, at) => [keyOfColumn(column), gatherers[at]!.done()]),
  )
}

/** Gathers a column row after row. */
export class ColumnGatherer {
  readonly #field: string
  readonly #asNumbers: boolean
  readonly #measure: ((value: unknown) => number | undefined) | undefined
  readonly #codes: number[] = []
  readonly #numbers: number[] = []
  readonly #places = new Map<string, number>()
  readonly #folder: string | undefined
  readonly #hash: Hash | undefined

  constructor({ field, asNumbers, measure }: WantedColumn) {
    this.#field = field
    this.#asNumbers = asNumbers
    if (measure?.of === 'file') {
      this.#folder = measure.folder
      this.#hash = createHash('sha256')
    } else {
      this.#measure = measure && measurer(measure)
    }
  }

  /** @throws DataError for a value that is missing, no number where numbers are wanted, or another structure. */
  add(value: unknown, where: string): void {
    const fault = (expected: string, hint?: string) =>
      new DataError({
        where: `${where}, ${JSON.stringify(this.#field)}`,
        expected,
        given: value,
        hint,
      })
    if (this.#hash !== undefined) {
      const bytes = namedFile(value, this.#folder!)
      // Where each ends must be told, too.
      this.#hash.update(`${bytes?.length}\n`).update(bytes ?? '')
      return
    }
    if (this.#measure !== undefined) {
      // What cannot be measured is never cut: whoever decodes it says what is wrong with one that is no sequence.
      this.#numbers.push(this.#measure(value) ?? Number.POSITIVE_INFINITY)
      return
    }
    if (value === undefined || value === null || value === '') {
      throw fault('there must be a value', 'Leave the row out, or name another field.')
    }
    if (this.#asNumbers) {
      const number = typeof value === 'boolean' ? Number.NaN : Number(value)
      if (!Number.isFinite(number))
        throw fault('must be a number', 'For names: `task: classification`.')
      this.#numbers.push(number)
      return
    }
    if (typeof value === 'object') throw fault('must be a text or a number')
    const name = String(value).trim().normalize()
    let code = this.#places.get(name)
    if (code === undefined) {
      code = this.#places.size
      if (code >= MOST_NAMES) {
        throw fault(
          `must have at most ${MOST_NAMES} different values`,
          'A number to predict needs `task: regression`.',
        )
      }
      this.#places.set(name, code)
    }
    this.#codes.push(code)
  }

  done(): Column {
    return {
      codes: sharedUint32(this.#codes),
      names: [...this.#places.keys()],
      ...(this.#asNumbers && { numbers: sharedFloat64(this.#numbers) }),
      ...(this.#hash && { digest: this.#hash.digest('hex') }),
    }
  }
}

/** How many places a value has; undefined for what is no sequence. */
function measurer(
  measure: Exclude<Measure, { readonly of: 'file' }>,
): (value: unknown) => number | undefined {
  if (measure.of === 'list') return placesIn
  const { encode } = openTokenizer(measure.tokenizer)
  return (value) => {
    const text = textIn(value)
    return text === undefined ? undefined : encode(text).length
  }
}
