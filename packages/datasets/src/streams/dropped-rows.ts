import type { LeftOut } from '@ashlar/core'
import { allLeftOut, leftOutRow } from '../tables/missing.ts'
import type { Column, WantedColumn } from './column.ts'
import type { RecordInput } from './record-input.ts'
import { fieldsOfOutput, type RecordOutput } from './record-outputs.ts'
import type { Scanned } from './scans/scan.ts'
import { placeOfRow } from './stores/places.ts'
import { isTable, type KnownTable, type TableInput } from './table-input.ts'

/** Rows that a dataset does without. */
export interface DroppedRows {
  readonly rows: ReadonlySet<number>
  readonly leftOut: readonly LeftOut[]
}

/** Whether rows are to be left out that lack a value. */
export function dropsRows(inputs: readonly (RecordInput | TableInput)[]): boolean {
  return inputs.some((input) => isTable(input) && input.table.missing === 'drop')
}

/** The columns whose missing cells make a row one that is left out, but for targets that are held in memory: they tell it themselves. */
export function columnsToHave(
  inputs: readonly (RecordInput | KnownTable)[],
  outputs: readonly RecordOutput[],
): WantedColumn[] {
  const features = inputs.flatMap((input) => {
    if (!isTable(input) || input.table.missing !== 'drop') return []
    const { features, categorical } = input.table
    return features.map((field) => lacks(field, categorical.includes(field)))
  })
  // A list of labels may be empty: none is right.
  const answers = outputs.filter(({ fields = [] }) => fields.length > 1).flatMap(fieldsOfOutput)
  return [...features, ...answers.map((field) => lacks(field, false))]
}

function lacks(field: string, isName: boolean): WantedColumn {
  const kind = isName ? 'category' : 'number'
  return { field, asNumbers: false, measure: { of: 'lacks', kind } }
}

/**
 * What is left out.
 *
 * @param lacking the rows without a value, by column.
 * @throws DataError where nothing would be left.
 */
export function droppedRows(
  lacking: ReadonlyMap<string, Uint32Array>,
  { length, store }: Scanned,
  { file, option }: { readonly file: string; readonly option: 'missing' | 'unlabelled' },
): DroppedRows {
  const columns = new Map<number, string[]>()
  for (const [name, rows] of lacking) {
    for (const row of rows) columns.set(row, [...(columns.get(row) ?? []), name])
  }
  if (columns.size === length) throw allLeftOut(file, option)
  const inOrder = [...columns].sort(([a], [b]) => a - b)
  return {
    rows: new Set(inOrder.map(([row]) => row)),
    leftOut: inOrder.map(([row, names]) => leftOutRow(placeOfRow(store, row), names)),
  }
}

/** A column with the names alone that rows have which are not left out. */
export function withoutRows(column: Column, rows: ReadonlySet<number>): Column {
  const used = new Set(column.codes.filter((_, row) => !rows.has(row)))
  const kept = column.names.flatMap((_, code) => (used.has(code) ? [code] : []))
  const places = new Map(kept.map((code, at) => [code, at]))
  return {
    ...column,
    names: kept.map((code) => column.names[code]!),
    // What is left out has the name of nobody.
    codes: column.codes.map((code) => places.get(code) ?? kept.length),
  }
}
