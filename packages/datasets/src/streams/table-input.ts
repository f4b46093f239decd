import type { TableColumn, TableEncoding } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { Rounding } from '../tables/encode.ts'
import { indexInputs } from '../tables/index-inputs.ts'
import type { TableFormat } from '../tables/read-csv.ts'
import { fieldOfTable } from '../tables/table-field.ts'
import { type Column, keyOfColumn, type WantedColumn } from './column.ts'
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
export interface TableOptions {
  /** Left out: all columns that are not named otherwise. */
  readonly features?: readonly string[] | undefined
  readonly categorical: readonly string[]
  /** Several inputs, one for each category, where they are indices and the table is the only input. */
  readonly categories: 'one-hot' | 'index'
  readonly standardize: boolean
  readonly unseen: 'refuse' | 'ignore'
}

/** What tables are made of. */
export interface FittedTo {
  /** Its name. */
  readonly dataset: string
  /** Looks at columns of the rows that are trained on. */
  look(columns: readonly WantedColumn[], trained: Uint8Array): Readonly<Record<string, Column>>
  readonly format: TableFormat
  readonly rounding: Rounding
  /** All columns, where the format has a list of them. */
  readonly header: readonly string[]
  /** Columns that are something else. */
  readonly others: ReadonlySet<string>
  /** Columns to predict. */
  readonly targets: ReadonlySet<string>
  /** Rows of the files that are trained on. */
  readonly rows: Uint32Array
  readonly length: number
}

/** Table inputs with what was fitted to them, by one pass over the files, in the places that they had; other inputs as they are. */
export function fitTables(
  inputs: readonly (RecordInput | TableInput)[],
  to: FittedTo,
): RecordInput[] {
  const { format, rounding } = to
  const { delimiter, decimal, encoding: text } = format
  const tables = inputs.map((input) => ('table' in input ? columnsOf(input, to) : undefined))
  if (tables.every((each) => each === undefined)) return inputs as RecordInput[]
  const trained = new Uint8Array(new SharedArrayBuffer(to.length))
  for (const row of to.rows) trained[row] = 1
  const wanted = new Map(
    tables
      .flatMap((table) => table?.features.map((column) => measured(column, table)) ?? [])
      .map((column) => [keyOfColumn(column), column]),
  )
  const found = to.look([...wanted.values()], trained)
  return inputs.flatMap((input, at): RecordInput[] => {
    const table = tables[at]
    if (!('table' in input) || table === undefined) return [input as RecordInput]
    return inputsIn(input, table, to.dataset).map(({ name, columns }) => {
      const encoding: TableEncoding = {
        kind: 'table',
        delimiter,
        ...(decimal === ',' && { decimal }),
        ...(text !== undefined && { encoding: text }),
        columns: columns.map((column) =>
          fittedColumn(column, input.table, found[keyOfColumn(measured(column, table))]!),
        ),
      }
      const field = fieldOfTable(encoding)
      const plan: CellsPlan = {
        ...{ kind: 'cells', encoding, rounding },
        ...(decimal === ',' && { decimal }),
      }
      return { ...{ name, from: columns, part: { role: 'inputs', name, plan } }, field }
    })
  })

  /** What is to be known of a column. */
  function measured(field: string, table: TableColumns): WantedColumn {
    const { categories, mayMiss } = table
    const measure = categories.includes(field)
      ? ({ of: 'categories', mayMiss } as const)
      : ({ of: 'moments', rounding } as const)
    return { field, asNumbers: false, measure }
  }
}

/** The inputs that a table comes to. */
function inputsIn(
  { name, table: { categories, categorical } }: TableInput,
  { features }: TableColumns,
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

function fittedColumn(name: string, table: TableOptions, found: Column): TableColumn {
  const { categories, categorical, standardize, unseen } = table
  if (!categorical.includes(name))
    return { kind: 'number', name, ...(standardize && found.moments) }
  const kind = categories === 'index' ? 'index' : 'category'
  return { kind, name, unseen, categories: found.categories! }
}

/** The columns of a table, by what they are. */
interface TableColumns {
  readonly features: readonly string[]
  readonly categories: readonly string[]
  /** Whether cells of these may be empty. */
  readonly mayMiss: boolean
}

/** @throws ConfigError for columns that are not there, or are something else. */
function columnsOf(
  { name, table }: TableInput,
  { dataset, header, others, targets }: FittedTo,
): TableColumns {
  const { categorical } = table
  const features = table.features ?? header.filter((column) => !others.has(column))
  const stray = categorical.find((column) => !features.includes(column))
  if (stray !== undefined || features.some((each) => targets.has(each)) || features.length === 0) {
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
  return {
    features,
    categories: features.filter((column) => categorical.includes(column)),
    mayMiss: table.categories === 'index',
  }
}
