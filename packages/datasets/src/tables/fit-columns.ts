import type {
  CategoryColumn,
  IndexColumn,
  NumberColumn,
  TableEncoding,
  TextFormat,
} from '@ashlar/core/encoding'
import { ConfigError } from '@ashlar/errors'
import type { ColumnOptions } from './column-options.ts'
import { type NameFacts, NameSummary, type NumberFacts, NumberSummary } from './column-summary.ts'
import { cellsOf, type Feature, numberIn, type Rounding } from './encode.ts'
import { MiddleNumbers, medianOf, type Tally } from './middle-numbers.ts'
import { fills, isMissing } from './missing.ts'
import { scaleOf, withMore } from './moments.ts'
import type { Table } from './read-csv.ts'

/** How columns are fitted. */
export type FitOptions = TextFormat & Omit<ColumnOptions, 'categorical'>

/** Where columns are fitted, for errors. */
export interface FitPlace {
  /** What says how, such as `csv`. */
  readonly option: string
  /** Names the table. */
  readonly file: string
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
  options: FitOptions & { readonly rounding: Rounding },
  rows: ArrayLike<number>,
  whole: ArrayLike<number> = rows,
): TableEncoding {
  const place = { option: 'csv', file: table.path }
  return fittedTable(
    options,
    features.map(({ column: name, categories }) => {
      const cells = cellsOf(table, name)
      const kind = categories === undefined ? 'number' : 'category'
      const lacks = Array.from(whole).some((row) => isMissing(cells[row], kind))
      if (categories === undefined) {
        const numberAt = (row: number) =>
          isMissing(cells[row], 'number')
            ? undefined
            : numberIn(cells[row]!, table, row, name, options.rounding)
        return numberColumn(name, { ...factsOf(rows, numberAt, options), lacks }, options, place)
      }
      const { names, index } = categories
      const nameAt = (row: number) =>
        isMissing(cells[row], 'category') ? undefined : names[index.get(cells[row]!)!]!
      const seen = new Set(Array.from(whole, nameAt))
      const summary = new NameSummary()
      for (const row of Array.from(rows)) summary.add(nameAt(row))
      const facts = { ...summary.done(), lacks, names: names.filter((each) => seen.has(each)) }
      const merged = [...index].filter(([spelling, at]) => names[at] !== spelling)
      const spellings = merged.map(([spelling, at]) => [spelling, names[at]!] as const)
      return nameColumn(name, { ...facts, spellings }, options, place)
    }),
  )
}

/** Columns that were fitted, with how the table is written. */
export function fittedTable(
  { delimiter, decimal, encoding }: TextFormat,
  columns: TableEncoding['columns'],
): TableEncoding {
  return {
    kind: 'table',
    delimiter,
    ...(decimal === ',' && { decimal }),
    ...(encoding !== undefined && { encoding }),
    columns,
  }
}

/** What numbers in memory say. */
function factsOf(
  rows: ArrayLike<number>,
  numberAt: (row: number) => number | undefined,
  { missing }: FitOptions,
): NumberFacts & { readonly middles?: Tally } {
  const numbers = Array.from(rows, numberAt)
  const summary = new NumberSummary(missing, Number.POSITIVE_INFINITY)
  for (const number of numbers) summary.add(number)
  const facts = summary.done()
  if (facts.parts === undefined || facts.moments.count === 0) return facts
  const middles = new MiddleNumbers(facts.parts)
  for (const number of numbers) if (number !== undefined) middles.add(number)
  return { ...facts, middles: middles.done() }
}

/**
 * A column of numbers as its rows have it.
 *
 * @param facts with `middles`, the second pass, where the median fills, and `lacks`, whether a number is to say what is missing.
 * @throws ConfigError where nothing fills what is missing.
 */
export function numberColumn(
  name: string,
  facts: NumberFacts & { readonly lacks: boolean; readonly middles?: Tally | undefined },
  options: FitOptions,
  place: FitPlace,
): NumberColumn {
  const { moments, missing, lacks } = facts
  const fill = fillOf(name, facts, options, place)
  const scale = options.standardize
    ? scaleOf(fill === undefined ? moments : withMore(moments, fill, missing))
    : undefined
  return {
    kind: 'number',
    name,
    ...(fill !== undefined && { fill }),
    ...(fill !== undefined && options.missingIndicator && lacks && { indicator: true }),
    ...scale,
  }
}

/** What missing numbers are filled by, where they are. */
function fillOf(
  name: string,
  { moments, parts, frequent, middles }: NumberFacts & { readonly middles?: Tally | undefined },
  { missing }: FitOptions,
  place: FitPlace,
): number | undefined {
  if (!fills(missing)) return undefined
  if (moments.count === 0) throw allMissing(name, place)
  if (missing === 'mean') return Math.fround(moments.mean)
  if (missing === 'median') return medianOf(parts!, middles!)
  if (frequent !== undefined) return frequent
  throw new ConfigError({
    where: `${place.option}.missing`,
    expected: `column ${JSON.stringify(name)} of ${place.file} must have a number that is more frequent than all others, and has too many different ones to tell`,
    given: missing,
    hint: 'Fill it by the middle of its numbers: `missing: median`.',
  })
}

/**
 * A column of names as its rows have it.
 *
 * @param facts with the names in their order, other spellings of them, and whether a number is to say what is missing.
 * @throws ConfigError where nothing fills what is missing.
 */
export function nameColumn(
  name: string,
  facts: NameFacts & {
    readonly lacks: boolean
    readonly spellings?: readonly (readonly [string, string])[]
  },
  { categories, missing, missingIndicator, unseen }: FitOptions,
  place: FitPlace,
): CategoryColumn | IndexColumn {
  const { names, frequent, lacks, spellings = [] } = facts
  const known = {
    ...{ name, unseen, categories: names },
    ...(spellings.length > 0 && { spellings: Object.fromEntries(spellings) }),
  }
  // What is missing has an index of its own.
  if (categories === 'index') return { kind: 'index', ...known }
  if (!fills(missing)) return { kind: 'category', ...known }
  if (frequent === undefined) throw allMissing(name, place)
  return {
    kind: 'category',
    ...known,
    // Names have neither mean nor median.
    fill: frequent,
    ...(missingIndicator && lacks && { indicator: true }),
  }
}

/** The error for a column of which nothing is known. */
function allMissing(name: string, { option, file }: FitPlace): ConfigError {
  return new ConfigError({
    where: `${option}.missing`,
    expected: `column ${JSON.stringify(name)} of ${file} must have a value in some row that is trained on, to fill the others by`,
    hint: 'Leave the column out.',
  })
}
