import { DataError } from '@ashlar/errors'
import type { Decimal } from '../tables/decimal.ts'
import { missingCell, numberIn, placeOf, type Rounding } from '../tables/encode.ts'
import { isMissing } from '../tables/missing.ts'
import { cellIn } from './cell-in.ts'
import type { Column } from './column.ts'
import { STREAM_HINT } from './csv-records.ts'

/** Categories of a column. */
const MOST_CATEGORIES = 10_000

/** Takes a column row after row. */
export interface ValueGatherer {
  /**
   * @param where names the record in errors.
   * @param folder where paths in the record begin.
   */
  add(value: unknown, where: string, folder?: string): void
  done(): Partial<Column>
}

/** A column of numbers. */
export interface NumberColumn {
  readonly field: string
  readonly rounding: Rounding
  readonly decimal?: Decimal | undefined
}

/** Mean and deviation of cells that are numbers, of the rows that are trained on (Welford). */
export function momentGatherer(
  { field, rounding, decimal }: NumberColumn,
  trained: Uint8Array | undefined,
): ValueGatherer {
  let count = 0
  let mean = 0
  let squares = 0
  return {
    add: onlyTrained(trained, (value, where) => {
      const cell = cellIn(value, field, where)
      const table = { path: where, columns: [field], rows: [[cell]], lines: [], decimal }
      if (isMissing(cell, 'number')) throw missingCell(placeOf(table, 0, field), STREAM_HINT)
      const number = numberIn(cell, table, 0, field, rounding)
      count++
      const before = number - mean
      mean += before / count
      squares += before * (number - mean)
    }),
    done() {
      const std = Math.sqrt(squares / Math.max(1, count))
      // A column of one number tells nothing, and stays near zero whatever comes later.
      return { moments: { mean, std: std > Math.abs(mean) * 1e-12 ? std : 1 } }
    },
  }
}

/** The different cells of the rows that are trained on; empty ones are an error unless they may be. */
export function categoryGatherer(
  field: string,
  mayMiss: boolean,
  trained: Uint8Array | undefined,
): ValueGatherer {
  const seen = new Set<string>()
  return {
    add: onlyTrained(trained, (value, where) => {
      const cell = cellIn(value, field, where)
      const place = placeOf({ path: where, columns: [], rows: [], lines: [] }, 0, field)
      if (isMissing(cell, 'category')) {
        if (mayMiss) return
        throw missingCell(place, STREAM_HINT)
      }
      seen.add(cell)
      if (seen.size <= MOST_CATEGORIES) return
      throw new DataError({
        where: place,
        expected: `must have at most ${MOST_CATEGORIES} different categories`,
        hint: 'A number of its own for each row is no category: leave the column out by `features`.',
      })
    }),
    done: () => ({ categories: [...seen].sort() }),
  }
}

function onlyTrained(
  trained: Uint8Array | undefined,
  add: ValueGatherer['add'],
): ValueGatherer['add'] {
  let row = 0
  return (value, where) => {
    if (trained === undefined || trained[row] === 1) add(value, where)
    row++
  }
}
