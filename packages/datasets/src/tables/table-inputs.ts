import {
  type ArraySplit,
  type DatasetInfo,
  type DatasetSplits,
  type Field,
  type InputEncoding,
  infoOfFields,
  type LoadDataOptions,
  type Named,
  type SampleData,
  type TableEncoding,
  theOnly,
} from '@ashlar/core'
import { dtypeOfTable, widthOfEncoding } from '@ashlar/core/encoding'
import { encodeTable, type Rounding } from './encode.ts'
import { indexInputs, type NamedColumns } from './index-inputs.ts'
import type { Table } from './read-csv.ts'
import { sameColumns } from './same-columns.ts'
import { fieldOfTable } from './table-field.ts'

/** How all columns of a table in memory become the inputs of a model: one of them, or several by name. */
export interface TableInputs {
  /** The numbers of a table. */
  encode(table: Table, fitted: TableEncoding): Named<SampleData>
  /** What the dataset says of inputs and labels. */
  info(
    fitted: TableEncoding,
    label: Field,
    splits: readonly Pick<ArraySplit, 'inputs'>[],
  ): ReturnType<typeof infoOfFields> & Pick<DatasetInfo, 'input'>
  /** What splits say of how they were made. */
  made(fitted: TableEncoding): Pick<DatasetSplits, 'input' | 'inputs'>
  /** What a model has seen, in the place of what was fitted. */
  seen(options: LoadDataOptions, fitted: TableEncoding): TableEncoding
}

/** All columns as one input. */
export function oneInput(rounding: Rounding): TableInputs {
  return {
    encode: (table, fitted) => encodeTable(table, fitted, rounding),
    info: (fitted, label, splits) => ({
      ...infoOfFields({
        input: {
          ...{ shape: [widthOfEncoding(fitted)], dtype: 'float32' },
          range: rangeOf(splits),
        },
        output: label,
      }),
      input: fitted,
    }),
    made: (fitted) => ({ input: fitted }),
    seen: ({ input }, fitted) => (input === undefined ? fitted : sameColumns('csv', input, fitted)),
  }
}

/** Categories as indices, an input for each, beside one of numbers. */
export function inputsByName(
  features: readonly string[],
  categorical: readonly string[],
  rounding: Rounding,
): TableInputs {
  const named = indexInputs(features, categorical, 'csv.categorical')
  const made = (fitted: TableEncoding) => partsOf(fitted, named)
  return {
    encode: (table, fitted) =>
      mapValues(made(fitted), (part) => {
        const numbers = encodeTable(table, part, rounding)
        return dtypeOfTable(part) === 'int32' ? Int32Array.from(numbers) : numbers
      }),
    info: (fitted, label) =>
      infoOfFields({ inputs: mapValues(made(fitted), fieldOfTable), output: label }),
    made: (fitted) => ({ inputs: made(fitted) }),
    seen({ inputs = {} }, fitted) {
      const known = Object.entries(made(fitted)).flatMap(([name, part]) => {
        const own: InputEncoding | undefined = inputs[name]
        return (own === undefined ? part : sameColumns(`csv.${name}`, own, part)).columns
      })
      return {
        ...fitted,
        columns: fitted.columns.map(({ name }) => known.find((each) => each.name === name)!),
      }
    },
  }
}

function partsOf(
  { columns, ...table }: TableEncoding,
  named: readonly NamedColumns[],
): Readonly<Record<string, TableEncoding>> {
  return Object.fromEntries(
    named.map(({ name, columns: own }) => [
      name,
      { ...table, columns: columns.filter((column) => own.includes(column.name)) },
    ]),
  )
}

function mapValues<T, R>(
  record: Readonly<Record<string, T>>,
  map: (value: T) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]))
}

function rangeOf(splits: readonly Pick<ArraySplit, 'inputs'>[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { inputs } of splits) {
    for (const value of theOnly('csv', inputs)) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  return [low, high]
}
