import type {
  CategoryColumn,
  IndexColumn,
  NumberColumn,
  TableEncoding,
} from '@ashlar/core/encoding'
import type { Decimal } from './decimal.ts'
import { cellsOf, type Feature, numberIn, type Rounding } from './encode.ts'
import { allMissing, fillOf, mostFrequent, sum } from './fill-missing.ts'
import { isMissing, type Missing } from './missing.ts'
import type { Table } from './read-csv.ts'

/** How columns are fitted. */
export interface FitOptions {
  readonly delimiter: string
  readonly decimal?: Decimal | undefined
  /** What the text is in, where somebody said so. */
  readonly encoding?: string | undefined
  readonly rounding: Rounding
  /** Whether columns of numbers get the mean 0 and the standard deviation 1. */
  readonly standardize: boolean
  readonly missing: Missing
  /** Whether a column with missing cells gets another that says so. */
  readonly missingIndicator: boolean
  readonly unseen: 'refuse' | 'ignore'
  /** What categories become. */
  readonly categories: 'one-hot' | 'index'
}

/**
 * What the rows that are trained on say of each column: mean and standard deviation (of the numbers after missing ones are filled, divided by their count),
 * categories, and what stands for a missing cell. No other row is looked at.
 *
 * @param rows numbers of the rows.
 * @param whole what a column comes to is fixed by these rows: which categories it has, and whether a number says that it is missing. By default `rows`.
 */
export function fitColumns(
  table: Table,
  features: readonly Feature[],
  options: FitOptions,
  rows: ArrayLike<number>,
  whole: ArrayLike<number> = rows,
): TableEncoding {
  return {
    kind: 'table',
    delimiter: options.delimiter,
    ...(options.decimal === ',' && { decimal: options.decimal }),
    ...(options.encoding !== undefined && { encoding: options.encoding }),
    columns: features.map((feature) =>
      feature.categories === undefined
        ? fitNumbers(table, feature.column, options, rows, whole)
        : fitCategories(table, feature, options, rows, whole),
    ),
  }
}

function fitNumbers(
  table: Table,
  name: string,
  options: FitOptions,
  rows: ArrayLike<number>,
  whole: ArrayLike<number>,
): NumberColumn {
  const { missing, missingIndicator, rounding, standardize } = options
  const cells = cellsOf(table, name)
  const known = Array.from(rows).filter((row) => !isMissing(cells[row], 'number'))
  const numbers = known.map((row) => numberIn(cells[row]!, table, row, name, rounding))
  const lacks = someMissing(cells, whole, 'number')
  const fills = missing !== 'refuse' && missing !== 'drop'
  if (fills && numbers.length === 0) throw allMissing(table, name)
  const fill = fills ? fillOf(numbers, missing) : undefined
  const filled = [...numbers, ...Array(rows.length - numbers.length).fill(fill ?? Number.NaN)]
  const present = fill === undefined ? numbers : filled
  const column = {
    kind: 'number',
    name,
    ...(fill !== undefined && { fill }),
    ...(fills && missingIndicator && lacks && { indicator: true }),
  } as const
  if (!standardize || present.length === 0) return column
  const mean = sum(present) / present.length
  const variance = sum(present.map((each) => (each - mean) ** 2)) / present.length
  // A column of one number tells nothing, and stays near zero whatever comes later.
  const std = Math.sqrt(variance)
  return { ...column, mean, std: std > Math.abs(mean) * 1e-12 ? std : 1 }
}

function fitCategories(
  table: Table,
  { column: name, categories }: Feature,
  options: FitOptions,
  rows: ArrayLike<number>,
  whole: ArrayLike<number>,
): CategoryColumn | IndexColumn {
  const { missing, missingIndicator, unseen } = options
  const { names, index } = categories!
  const cells = cellsOf(table, name)
  const seen = new Set<string>()
  for (const row of Array.from(whole)) {
    const cell = cells[row]
    if (!isMissing(cell, 'category')) seen.add(names[index.get(cell!)!]!)
  }
  const kept = names.filter((each) => seen.has(each))
  const merged = [...index].filter(([spelling, at]) => names[at] !== spelling)
  const spellings = merged.length > 0 && {
    spellings: Object.fromEntries(merged.map(([spelling, at]) => [spelling, names[at]!])),
  }
  // What is missing has an index of its own.
  if (options.categories === 'index') {
    return { ...{ kind: 'index', name, categories: kept }, ...spellings, unseen }
  }
  const fills = missing !== 'refuse' && missing !== 'drop'
  const present = Array.from(rows)
    .filter((row) => !isMissing(cells[row], 'category'))
    .map((row) => names[index.get(cells[row]!)!]!)
  if (fills && present.length === 0) throw allMissing(table, name)
  return {
    kind: 'category',
    name,
    categories: kept,
    ...spellings,
    // Names have neither mean nor median.
    ...(fills && { fill: mostFrequent([...present].sort()) }),
    ...(fills && missingIndicator && someMissing(cells, whole, 'category') && { indicator: true }),
    unseen,
  }
}

function someMissing(
  cells: readonly (string | undefined)[],
  rows: ArrayLike<number>,
  kind: 'number' | 'category',
): boolean {
  return Array.from(rows).some((row) => isMissing(cells[row], kind))
}
