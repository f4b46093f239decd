import { DataError } from '@ashlar/errors'
import { sharedFloat64, sharedUint32 } from './texts.ts'

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

/** Gathers a column row after row. */
export class ColumnGatherer {
  readonly #field: string
  readonly #asNumbers: boolean
  readonly #codes: number[] = []
  readonly #numbers: number[] = []
  readonly #places = new Map<string, number>()

  /** @param asNumbers whether every value is one of its own; else they are names, and many rows have the same. */
  constructor(field: string, asNumbers: boolean) {
    this.#field = field
    this.#asNumbers = asNumbers
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
