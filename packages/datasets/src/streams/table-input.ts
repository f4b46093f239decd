import type { TableEncoding } from '@ashlar/core'
import { widthOfEncoding } from '@ashlar/core/encoding'
import { ConfigError } from '@ashlar/errors'
import type { Rounding } from '../tables/encode.ts'
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
  readonly standardize: boolean
  readonly unseen: 'refuse' | 'ignore'
}

/** What tables are made of. */
export interface FittedTo {
  /** Its name. */
  readonly dataset: string
  /** Looks at columns of the rows that are trained on. */
  look(columns: readonly WantedColumn[], trained: Uint8Array): Readonly<Record<string, Column>>
  readonly delimiter: string
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
  const { delimiter, rounding } = to
  const tables = inputs.map((input) => ('table' in input ? columnsOf(input, to) : undefined))
  const all = tables.filter((each) => each !== undefined)
  if (all.length === 0) return inputs as RecordInput[]
  const trained = new Uint8Array(new SharedArrayBuffer(to.length))
  for (const row of to.rows) trained[row] = 1
  const distinct = (of: 'numbers' | 'categories') => [...new Set(all.flatMap((each) => each[of]))]
  const numbers = (field: string): WantedColumn => ({
    ...{ field, asNumbers: false, measure: { of: 'moments', rounding } },
  })
  const categories = (field: string): WantedColumn => ({
    ...{ field, asNumbers: false, measure: { of: 'categories' } },
  })
  const wanted = [...distinct('numbers').map(numbers), ...distinct('categories').map(categories)]
  const found = to.look(wanted, trained)
  const fitted = (column: WantedColumn) => found[keyOfColumn(column)]!
  return inputs.map((input, at) => {
    const columns = tables[at]
    if (!('table' in input) || columns === undefined) return input as RecordInput
    const { name, table } = input
    const encoding: TableEncoding = {
      kind: 'table',
      delimiter,
      columns: columns.features.map((column) =>
        table.categorical.includes(column)
          ? {
              ...{ kind: 'category', name: column, unseen: table.unseen },
              categories: fitted(categories(column)).categories!,
            }
          : {
              kind: 'number',
              name: column,
              ...(table.standardize && fitted(numbers(column)).moments),
            },
      ),
    }
    const plan: CellsPlan = { kind: 'cells', encoding, rounding }
    return {
      ...{ name, from: columns.features, part: { role: 'inputs', name, plan } },
      field: { shape: [widthOfEncoding(encoding)], dtype: 'float32', encoding },
    }
  })
}

/** @throws ConfigError for columns that are not there, or are something else. */
function columnsOf({ name, table }: TableInput, { dataset, header, others, targets }: FittedTo) {
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
    numbers: features.filter((column) => !categorical.includes(column)),
    categories: features.filter((column) => categorical.includes(column)),
  }
}
