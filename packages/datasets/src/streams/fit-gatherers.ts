import { DataError } from '@ashlar/errors'
import { NameSummary, NumberSummary } from '../tables/column-summary.ts'
import type { Decimal } from '../tables/decimal.ts'
import { missingCell, numberIn, placeOf, type Rounding } from '../tables/encode.ts'
import type { CountBudget } from '../tables/frequent-numbers.ts'
import { MiddleNumbers, type Tally } from '../tables/middle-numbers.ts'
import { isMissing, type Missing } from '../tables/missing.ts'
import { namesOf } from '../tables/spellings.ts'
import { cellIn } from './cell-in.ts'
import type { Column } from './column.ts'
import { sharedUint32 } from './texts.ts'

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
export interface NumberField {
  readonly field: string
  readonly rounding: Rounding
  readonly decimal?: Decimal | undefined
}

/**
 * What cells that are numbers say, of the rows that are trained on.
 *
 * @param budget what several columns may count together.
 */
export function numberGatherer(
  column: NumberField,
  missing: Missing,
  trained: Uint8Array | undefined,
  budget?: CountBudget,
): ValueGatherer {
  const summary = new NumberSummary(missing, undefined, budget)
  return {
    add: onlyTrained(trained, (value, where) => {
      const number = cellAsNumber(column, value, where)
      if (number === undefined && missing === 'refuse') throw missingCell(placeIn(column, where))
      summary.add(number)
    }),
    done: () => ({ numeric: summary.done() }),
  }
}

/** How often each of the numbers is there that the median is among: the second pass over the same rows. */
export function middleGatherer(
  column: NumberField,
  parts: Tally,
  trained: Uint8Array | undefined,
): ValueGatherer {
  const middles = new MiddleNumbers(parts)
  return {
    add: onlyTrained(trained, (value, where) => {
      const number = cellAsNumber(column, value, where)
      if (number !== undefined) middles.add(number)
    }),
    done: () => ({ middles: middles.done() }),
  }
}

/** The different cells of the rows that are trained on; empty ones are an error unless they may be. */
export function categoryGatherer(
  field: string,
  mayMiss: boolean,
  trained: Uint8Array | undefined,
): ValueGatherer {
  const summary = new NameSummary()
  return {
    add: onlyTrained(trained, (value, where) => {
      const cell = cellIn(value, field, where)
      const lacks = isMissing(cell, 'category')
      if (lacks && !mayMiss) throw missingCell(placeIn({ field }, where))
      summary.add(lacks ? undefined : cell)
      if (summary.size <= MOST_CATEGORIES) return
      throw new DataError({
        where: placeIn({ field }, where),
        expected: `must have at most ${MOST_CATEGORIES} different categories`,
        hint: 'A number of its own for each row is no category: leave the column out by `features`.',
      })
    }),
    done() {
      const facts = summary.done()
      const { names } = namesOf(new Map(facts.names.map((name) => [name, ''])), 'keep')
      return { named: { ...facts, names } }
    },
  }
}

/** Which rows have no value. */
export function lackGatherer(field: string, kind: 'number' | 'category'): ValueGatherer {
  const rows: number[] = []
  let row = 0
  return {
    add(value, where) {
      if (isMissing(cellIn(value, field, where), kind)) rows.push(row)
      row++
    },
    done: () => ({ lacking: sharedUint32(rows) }),
  }
}

/** The number of a cell; undefined where it is missing. */
function cellAsNumber(
  { field, rounding, decimal }: NumberField,
  value: unknown,
  where: string,
): number | undefined {
  const cell = cellIn(value, field, where)
  if (isMissing(cell, 'number')) return undefined
  const table = { path: where, columns: [field], rows: [[cell]], lines: [], decimal }
  return numberIn(cell, table, 0, field, rounding)
}

/** Names a cell in errors. */
function placeIn({ field }: Pick<NumberField, 'field'>, where: string): string {
  return placeOf({ path: where, columns: [], rows: [], lines: [] }, 0, field)
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
