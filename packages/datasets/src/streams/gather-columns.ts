import { createHash } from 'node:crypto'
import { DataError } from '@ashlar/errors'
import { type Decimal, decimalHint, isByPoint, withPoint } from '../tables/decimal.ts'
import { CountBudget } from '../tables/frequent-numbers.ts'
import { isMissing, kindOfClasses } from '../tables/missing.ts'
import { cellIn } from './cell-in.ts'
import { type Column, keyOfColumn, type Measure, type WantedColumn } from './column.ts'
import { placesIn } from './decoders/list.ts'
import { namedFile } from './decoders/picture.ts'
import { textIn } from './decoders/tokens.ts'
import {
  categoryGatherer,
  lackGatherer,
  middleGatherer,
  numberGatherer,
  type ValueGatherer,
} from './fit-gatherers.ts'
import { sharedFloat64, sharedUint32 } from './texts.ts'
import { openTokenizer } from './tokenizer.ts'

/** Different values of a column that is no number for each sample. */
const MOST_NAMES = 1_000_000

/**
 * Gatherers of some columns, which are to be given each row in its turn.
 *
 * @param options those of the scan: `trained`, shared, 1 for each row that is trained on, where tables are fitted to these; `decimal`, the sign of numbers that are text.
 */
export function gatherersOf(
  columns: readonly WantedColumn[],
  options: Readonly<Record<string, unknown>> = {},
): ValueGatherer[] {
  const { trained, decimal } = options as {
    readonly trained?: Uint8Array
    readonly decimal?: Decimal
  }
  const budget = new CountBudget()
  return columns.map(({ field, asNumbers, measure, mayMiss = false }) => {
    if (measure === undefined) {
      return asNumbers
        ? valueGatherer(field, decimal, mayMiss)
        : nameGatherer(field, decimal, mayMiss)
    }
    switch (measure.of) {
      case 'file':
        return fileGatherer(measure.folder)
      case 'lacks':
        return lackGatherer(field, measure.kind)
      case 'numbers': {
        const { rounding, missing } = measure
        return numberGatherer({ field, decimal, rounding }, missing, trained, budget)
      }
      case 'middles': {
        const { rounding, parts } = measure
        return middleGatherer({ field, decimal, rounding }, parts, trained)
      }
      case 'categories':
        return categoryGatherer(field, measure.mayMiss, trained)
      default:
        return lengthGatherer(measure)
    }
  })
}

/** What they have gathered, by {@link keyOfColumn}. */
export function gathered(
  columns: readonly WantedColumn[],
  gatherers: readonly ValueGatherer[],
): Readonly<Record<string, Column>> {
  return Object.fromEntries(
    columns.map((column, at) => [
      keyOfColumn(column),
      { codes: sharedUint32([]), names: [], ...gatherers[at]!.done() },
    ]),
  )
}

/** Stands for the name of a row that has none. */
const NO_NAME = 2 ** 32 - 1

/** @throws DataError for a value that is missing and may not be, or no number. */
function valueGatherer(
  field: string,
  decimal: Decimal | undefined,
  mayMiss: boolean,
): ValueGatherer {
  const numbers: number[] = []
  const lacking: number[] = []
  return {
    add(value, where) {
      if (mayMiss && lacks(value, 'number', field, where)) {
        lacking.push(numbers.length)
        numbers.push(Number.NaN)
        return
      }
      requireValue(value, field, where)
      const isOther = typeof value === 'string' && isByPoint(value, decimal)
      const given = typeof value === 'string' ? withPoint(value, decimal) : value
      const number = typeof value === 'boolean' || isOther ? Number.NaN : Number(given)
      if (!Number.isFinite(number)) {
        throw fault(
          field,
          where,
          value,
        )(
          decimal === ',' ? 'must be a number whose decimal sign is a comma' : 'must be a number',
          decimalHint(value, decimal) ?? 'For names: `task: classification`.',
        )
      }
      numbers.push(number)
    },
    done: () => ({
      numbers: sharedFloat64(numbers),
      ...(mayMiss && { lacking: sharedUint32(lacking) }),
    }),
  }
}

/** @throws DataError for a value that is missing and may not be, or another structure. */
function nameGatherer(
  field: string,
  decimal: Decimal | undefined,
  mayMiss: boolean,
): ValueGatherer {
  const codes: number[] = []
  const places = new Map<string, number>()
  return {
    add(value, where) {
      if (mayMiss && lacks(value, 'category', field, where)) {
        codes.push(NO_NAME)
        return
      }
      requireValue(value, field, where)
      const wrong = fault(field, where, value)
      if (typeof value === 'object') throw wrong('must be a text or a number')
      const name = String(value).trim().normalize()
      let code = places.get(name)
      if (code === undefined) {
        code = places.size
        if (code >= MOST_NAMES) {
          throw wrong(
            `must have at most ${MOST_NAMES} different values`,
            'A number to predict needs `task: regression`.',
          )
        }
        places.set(name, code)
      }
      codes.push(code)
    },
    done() {
      const names = [...places.keys()]
      if (!mayMiss) return { codes: sharedUint32(codes), names }
      const kind = kindOfClasses(names, decimal)
      const nameless = new Set(names.flatMap((name, code) => (isMissing(name, kind) ? [code] : [])))
      const isLacking = (code: number) => code === NO_NAME || nameless.has(code)
      return {
        codes: sharedUint32(codes),
        names,
        lacking: sharedUint32(codes.flatMap((code, row) => (isLacking(code) ? [row] : []))),
      }
    },
  }
}

function lacks(value: unknown, kind: 'number' | 'category', field: string, where: string): boolean {
  return isMissing(cellIn(value, field, where), kind)
}

function requireValue(value: unknown, field: string, where: string): void {
  if (value !== undefined && value !== null && value !== '') return
  throw missingValue(where, field, value)
}

/** A value is missing that must not be. */
export function missingValue(where: string, field: string, given: unknown): DataError {
  return fault(
    field,
    where,
    given,
  )('there must be a value', 'Leave the row out, or name another field.')
}

function fault(field: string, where: string, given: unknown) {
  return (expected: string, hint?: string) =>
    new DataError({ where: `${where}, ${JSON.stringify(field)}`, expected, given, hint })
}

/** What cannot be measured is never cut: whoever decodes it says what is wrong with one that is no sequence. */
function lengthGatherer(
  measure: Extract<Measure, { readonly of: 'text' | 'list' }>,
): ValueGatherer {
  const lengths: number[] = []
  const lengthOf = measurer(measure)
  return {
    add: (value) => void lengths.push(lengthOf(value) ?? Number.POSITIVE_INFINITY),
    done: () => ({ numbers: sharedFloat64(lengths) }),
  }
}

/** How many places a value has; undefined for what is no sequence. */
function measurer(
  measure: Extract<Measure, { readonly of: 'text' | 'list' }>,
): (value: unknown) => number | undefined {
  if (measure.of === 'list') return placesIn
  const { encode } = openTokenizer(measure.tokenizer)
  return (value) => {
    const text = textIn(value)
    return text === undefined ? undefined : encode(text).length
  }
}

function fileGatherer(folder: string): ValueGatherer {
  const hash = createHash('sha256')
  return {
    add(value, _, own = folder) {
      const bytes = namedFile(value, own)
      // Where each ends must be told, too.
      hash.update(`${bytes?.length}\n`).update(bytes ?? '')
    },
    done: () => ({ digest: hash.digest('hex') }),
  }
}
