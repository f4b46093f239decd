import type { TableColumn } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { ColumnOptions } from '../tables/column-options.ts'
import type { Rounding } from '../tables/encode.ts'
import { fittedTable, nameColumn, numberColumn } from '../tables/fit-columns.ts'
import { indexInputs } from '../tables/index-inputs.ts'
import type { TableFormat } from '../tables/read-csv.ts'
import { fieldOfTable } from '../tables/table-field.ts'
import { type Column, keyOfColumn, type Measure, type WantedColumn } from './column.ts'
import type { CellsPlan } from './decoders/cells.ts'
import type { RecordInput } from './record-input.ts'

/** Columns of a table as one input: what is fitted to them follows from the rows that are trained on. */
export interface TableInput {
  /** Undefined for the only one. */
  readonly name: string | undefined
  readonly table: TableOptions
  /** The fields of a record that it is made of, as far as they are named. */
  readonly from: readonly string[]
}

/** How cells become numbers. */
export interface TableOptions extends ColumnOptions {
  /** Left out: all columns that are not named otherwise. */
  readonly features?: readonly string[] | undefined
}

/** A table whose columns are known. */
export interface KnownTable extends TableInput {
  readonly table: TableOptions & { readonly features: readonly string[] }
}

/** Of all options, those of a table. */
export function tableOptions(
  chosen: ColumnOptions,
  features: readonly string[] | undefined,
): TableOptions {
  const { categorical, categories, standardize, missing, missingIndicator, unseen } = chosen
  return { features, categorical, categories, standardize, missing, missingIndicator, unseen }
}

/** What tells the columns of tables. */
export interface TableNames {
  /** Name of the dataset. */
  readonly dataset: string
  /** All columns, where the format has a list of them. */
  readonly header: readonly string[]
  /** Columns that are something else. */
  readonly others: ReadonlySet<string>
  /** Columns to predict. */
  readonly targets: ReadonlySet<string>
}

/** What tables are fitted to. */
export interface FittedTo {
  /** Name of the dataset. */
  readonly dataset: string
  /** Names the files in errors. */
  readonly file: string
  /** Looks at columns of the rows that are trained on. */
  look(columns: readonly WantedColumn[], trained: Uint8Array): Readonly<Record<string, Column>>
  readonly format: TableFormat
  readonly rounding: Rounding
  /** Rows of the files that are trained on. */
  rows(): Uint32Array
  readonly length: number
}

/** What rows say of columns. */
interface TableFacts {
  readonly found: Readonly<Record<string, Column>>
  /** Of the second pass. */
  readonly middles: Readonly<Record<string, Column>>
}

/** Tables with what was fitted to them. */
export interface FittedTables {
  /** All inputs, in the places that they had; those that are no table as they are. */
  readonly inputs: readonly RecordInput[]
  /**
   * The same inputs fitted to these rows of the files alone; left out where there is no table. What a column comes to stays: which categories it has, and whether a number says that it is missing.
   */
  refit?(rows: Uint32Array): readonly RecordInput[]
}

/** Fits table inputs by one pass over the files, or two where a median fills. */
export function fitTables(
  inputs: readonly (RecordInput | KnownTable)[],
  to: FittedTo,
): FittedTables {
  const { format, rounding, dataset } = to
  const { decimal } = format
  const tables = inputs.filter((input) => isTable(input))
  if (tables.length === 0) return { inputs: inputs as RecordInput[] }
  const every = tables.flatMap(({ table }) =>
    table.features.map((field) => ({ field, asNumbers: false, measure: measureOf(field, table) })),
  )
  const whole = factsOf(to.rows())
  return {
    inputs: fittedInputs(whole),
    refit: (rows) => fittedInputs(factsOf(rows)),
  }

  /** What these rows say of all columns. */
  function factsOf(rows: Uint32Array): TableFacts {
    const trained = new Uint8Array(new SharedArrayBuffer(to.length))
    for (const row of rows) trained[row] = 1
    const found = to.look(onceEach(every), trained)
    const halves = every.flatMap((column) => {
      const second = secondOf(column, found)
      return second === undefined ? [] : [second]
    })
    return { found, middles: halves.length === 0 ? {} : to.look(onceEach(halves), trained) }
  }

  function fittedInputs(facts: TableFacts): RecordInput[] {
    return inputs.flatMap((input): RecordInput[] => {
      if (!isTable(input)) return [input]
      return inputsIn(input, dataset).map(({ name, columns }) => {
        const encoding = fittedTable(
          format,
          columns.map((column) => fittedColumn(column, input, facts)),
        )
        const plan: CellsPlan = {
          ...{ kind: 'cells', encoding, rounding },
          ...(decimal === ',' && { decimal }),
        }
        const part = { role: 'inputs', name, plan } as const
        return { name, from: columns, part, field: fieldOfTable(encoding) }
      })
    })
  }

  /** What is to be known of a column. */
  function measureOf(field: string, { categorical, categories, missing }: TableOptions): Measure {
    if (!categorical.includes(field)) return { of: 'numbers', rounding, missing }
    return { of: 'categories', mayMiss: missing !== 'refuse' || categories === 'index' }
  }

  /** What is to be known besides, where one pass does not tell it. */
  function secondOf(
    column: Pick<WantedColumn, 'field' | 'measure'>,
    known: Readonly<Record<string, Column>>,
  ): WantedColumn | undefined {
    const parts = known[keyOfColumn(column)]!.numeric?.parts
    if (parts === undefined || parts.length === 0) return undefined
    return {
      ...{ field: column.field, asNumbers: false },
      measure: { of: 'middles', rounding, parts },
    }
  }

  function fittedColumn(
    field: string,
    { name, table }: KnownTable,
    { found, middles }: TableFacts,
  ): TableColumn {
    const column = { field, measure: measureOf(field, table) }
    const key = keyOfColumn(column)
    const { numeric, named } = found[key]!
    const all = whole.found[key]!
    const options = { ...format, ...table }
    const place = {
      option: name === undefined ? dataset : `${dataset}.inputs.${name}`,
      file: to.file,
    }
    if (named !== undefined) {
      const { names, missing } = all.named!
      return nameColumn(field, { ...named, names, lacks: missing > 0 }, options, place)
    }
    const second = secondOf(column, found)
    const facts = {
      ...numeric!,
      lacks: all.numeric!.missing > 0,
      middles: second && middles[keyOfColumn(second)]!.middles,
    }
    return numberColumn(field, facts, options, place)
  }
}

/** Whether an input is a table that is to be fitted. */
export function isTable<T extends TableInput>(input: RecordInput | T): input is T {
  return 'table' in input
}

/** Several tables may have the same columns. */
function onceEach(columns: readonly WantedColumn[]): WantedColumn[] {
  return [...new Map(columns.map((column) => [keyOfColumn(column), column])).values()]
}

/** The inputs that a table comes to. */
function inputsIn(
  { name, table: { features, categories, categorical } }: KnownTable,
  dataset: string,
): { readonly name: string | undefined; readonly columns: readonly string[] }[] {
  if (categories === 'one-hot') return [{ name, columns: features }]
  if (name === undefined) return indexInputs(features, categorical, `${dataset}.categorical`)
  const other = features.find((column) => !categorical.includes(column))
  if (other === undefined) return [{ name, columns: features }]
  throw new ConfigError({
    where: `${dataset}.inputs.${name}.categories`,
    expected: 'must be one-hot where a column is no category: one input holds numbers or indices',
    given: other,
    hint: 'Give the numbers to an input of their own.',
  })
}

/**
 * Tables with all their columns by name.
 *
 * @throws ConfigError for columns that are not there, or are something else.
 */
export function knownTables(
  inputs: readonly (RecordInput | TableInput)[],
  { dataset, header, others, targets }: TableNames,
): (RecordInput | KnownTable)[] {
  return inputs.map((input) => {
    if (!isTable(input)) return input
    const { name, table } = input
    const { categorical } = table
    const features = table.features ?? header.filter((column) => !others.has(column))
    const stray = categorical.find((column) => !features.includes(column))
    if (
      stray !== undefined ||
      features.some((each) => targets.has(each)) ||
      features.length === 0
    ) {
      const where = name === undefined ? dataset : `dataset.inputs.${name}`
      const only = header.length > 0 ? 'features' : 'input'
      const fields = name === undefined ? only : 'field'
      throw new ConfigError({
        where: stray === undefined ? `${where}.${fields}` : `${where}.categorical`,
        expected:
          stray === undefined ? 'must name columns, and not the target' : 'must name features only',
        given: stray ?? features,
      })
    }
    return { ...input, table: { ...table, features } }
  })
}
