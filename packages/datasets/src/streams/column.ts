import { DataError } from '@ashlar/errors'
import { placesIn } from './decoders/list.ts'
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
}

/** A column that is read whole. */
export interface WantedColumn {
  readonly field: string
  /** Whether every value is one of its own; else they are names, and many rows have the same. */
  readonly asNumbers: boolean
  /** Its values are sequences, and how long each is becomes the column; {@link keyOfColumn} tells it from the values. */
  readonly measure?: Measure | undefined
}

/** What a sequence is counted in: tokens of a text, or places of a list. */
export type Measure =
  | { readonly of: 'text'; readonly tokenizer: string | undefined }
  | { readonly of: 'list' }

/** What a column is found under. */
export function keyOfColumn({ field, measure }: Pick<WantedColumn, 'field' | 'measure'>): string {
  return measure === undefined ? field : `length of ${field}`
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

  constructor({ field, asNumbers, measure }: WantedColumn) {
    this.#field = field
    this.#asNumbers = asNumbers
    this.#measure = measure && measurer(measure)
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
    }
  }
}

/** How many places a value has; undefined for what is no sequence. */
function measurer(measure: Measure): (value: unknown) => number | undefined {
  if (measure.of === 'list') return placesIn
  const { encode } = openTokenizer(measure.tokenizer)
  return (value) => {
    const text = textIn(value)
    return text === undefined ? undefined : encode(text).length
  }
}
