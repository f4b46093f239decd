import type { LeftOut } from '@ashlar/core'
import { allLeftOut, leftOutRow } from '../tables/missing.ts'
import type { Column, WantedColumn } from './column.ts'
import type { RecordInput } from './record-input.ts'
import { fieldsOfOutput, type RecordOutput } from './record-outputs.ts'
import { RowSet } from './row-set.ts'
import type { Scanned } from './scans/scan.ts'
import { placeOfRow } from './stores/places.ts'
import { isTable, type KnownTable, type TableInput } from './table-input.ts'

/** Rows of which each is told why it is left out. */
const MOST_TOLD = 1000

/** Rows that a dataset does without. */
export interface DroppedRows {
  readonly rows: RowSet
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
 * @param lacking the rows without a value, in their order, by column.
 * @throws DataError where nothing would be left.
 */
export function droppedRows(
  lacking: ReadonlyMap<string, Uint32Array>,
  { length, store }: Scanned,
  { file, option }: { readonly file: string; readonly option: 'missing' | 'unlabelled' },
): DroppedRows {
  const rows = new RowSet(length)
  for (const own of lacking.values()) for (const row of own) rows.add(row)
  if (rows.size === length) throw allLeftOut(file, option)
  const columns = Array.from(lacking, ([name, own]) => ({ name, own, next: 0 }))
  const leftOut = Array.from(rows.first(MOST_TOLD), (row): LeftOut => {
    const lacks = columns.filter(({ own, next }) => own[next] === row)
    for (const column of lacks) column.next++
    return leftOutRow(
      placeOfRow(store, row),
      lacks.map(({ name }) => name),
    )
  })
  const count = rows.size - leftOut.length
  return {
    rows,
    leftOut: [
      ...leftOut,
      ...(count > 0 ? [{ where: file, reason: 'has more rows without a value', count }] : []),
    ],
  }
}

/** A column with the names alone that rows have which are not left out. */
export function withoutRows(column: Column, rows: RowSet): Column {
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
