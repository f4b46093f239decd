import { dirname } from 'node:path'
import {
  type Dataset,
  type DatasetInfo,
  type Field,
  infoOfFields,
  type LabelData,
  type LoadDataOptions,
} from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import type { PluginContext } from '@ashlar/plugins'
import type { OwnDataOptions } from '../splits/own-data.ts'
import { trainedScale } from '../splits/trained-scale.ts'
import { classIndices } from '../tables/encode.ts'
import type { TableFormat } from '../tables/read-csv.ts'
import { type Column, keyOfColumn, type WantedColumn } from './column.ts'
import type { FieldPart } from './decoders/fields.ts'
import type { PicturePlan } from './decoders/picture.ts'
import {
  columnsToHave,
  type DroppedRows,
  droppedRows,
  dropsRows,
  withoutRows,
} from './dropped-rows.ts'
import { missingValue } from './gather-columns.ts'
import type { DecodePlan } from './reader.ts'
import type { RecordInput } from './record-input.ts'
import { inputsOf } from './record-inputs.ts'
import type { ReadingOptions, RecordOptions } from './record-options.ts'
import { fieldsOfOutput, outputsOf, type RecordOutput, readOutput } from './record-outputs.ts'
import { scanNow } from './scan-now.ts'
import type { CsvFacts } from './scans/csv.ts'
import type { Scanned } from './scans/scan.ts'
import { type SplitFiles, splitFiles } from './split-files.ts'
import { fileRows, planRecords } from './splits.ts'
import { placeOfRow } from './stores/places.ts'
import { type HeldLabels, streamedDataset } from './streamed-splits.ts'
import { fitTables, isTable, type KnownTable, knownTables, type TableInput } from './table-input.ts'

/** What a format of records says of itself. */
export interface RecordFormat {
  /** Name of the dataset. */
  readonly name: string
  /** How the names of its files end. */
  readonly endings: readonly string[]
  /** Name of its scan. */
  readonly scan: string
  /** Whether a text of a record may be the path of a picture. */
  readonly namesFiles?: true | undefined
  /** What its scan must know besides. */
  options?(chosen: RecordOptions): Readonly<Record<string, unknown>>
}

/** Records, and what becomes of them. */
export interface RecordSource extends SplitFiles {
  /** Name of the dataset. */
  readonly name: string
  /** Name of the scan. */
  readonly scan: string
  /** What the scan must know besides. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** See {@link RecordFormat}. */
  readonly namesFiles?: true | undefined
  readonly inputs: readonly (RecordInput | TableInput)[]
  readonly outputs: readonly RecordOutput[]
  /** Where the paths of pictures and masks start. */
  readonly dataFolder: string
  readonly chosen: ReadingOptions &
    OwnDataOptions &
    Partial<Pick<RecordOptions, 'splitBy' | 'groupBy' | 'weight' | 'rounding' | 'unlabelled'>>
  /** How its tables are written; with commas between cells by default. */
  readonly format?: TableFormat | undefined
  /** For the records of the dataset. */
  readonly source: string
  readonly seed: number
}

/** A dataset of records by their format. */
export function recordDataset(
  format: RecordFormat,
  chosen: RecordOptions,
  context: PluginContext,
): Dataset {
  const found = splitFiles(chosen, context.folder, format.endings)
  const dataFolder = dirname(found.files[0]!)
  return datasetOfRecords({
    ...{ name: format.name, scan: format.scan, ...found, dataFolder, chosen },
    ...{ options: format.options?.(chosen), namesFiles: format.namesFiles },
    inputs: inputsOf(chosen, { dataFolder, folder: context.folder }),
    outputs: outputsOf(chosen),
    source: [chosen.files].flat().join(', '),
    seed: context.seed,
  })
}

/** A dataset of records: the one way from files of any format to samples of fields. */
export function datasetOfRecords(source: RecordSource): Dataset {
  const { name, files, splits, outputs, chosen, dataFolder } = source
  const { splitBy, groupBy, weight } = chosen
  const open = source.inputs.filter((input): input is RecordInput => !isTable(input))
  const decimal = source.format?.decimal
  const read = outputs.map((output) => readOutput({ ...output, decimal }, open, dataFolder))
  const drops = dropsRows(source.inputs) || chosen.unlabelled === 'drop'
  const named = new Map<string, boolean>()
  for (const [at, { field, task }] of outputs.entries()) {
    if (read[at] === undefined) named.set(field, task === 'regression')
  }
  const labelled = new Set(named.keys())
  if (weight !== undefined) named.set(weight, true)
  for (const field of [splitBy, groupBy]) if (field !== undefined) named.set(field, false)
  const along = outputs.filter((_, at) => read[at] !== undefined).flatMap(fieldsOfOutput)
  const measured = open.find(({ lengths }) => lengths !== undefined)?.lengths
  const scanned = scanNow({
    kind: source.scan,
    files,
    columns: [
      ...[...named].map(([field, asNumbers]) => ({
        ...{ field, asNumbers },
        // A row that is left out may lack anything.
        ...(drops && { mayMiss: true }),
      })),
      ...(measured === undefined ? [] : [measured]),
    ],
    options: {
      ...source.options,
      inputs: [...source.inputs.flatMap(({ from }) => from), ...along],
    },
  })
  const [file] = files as [string]
  const tables = knownTables(source.inputs, {
    dataset: name,
    header: (scanned.facts as Partial<CsvFacts> | undefined)?.header ?? [],
    others: new Set([...named.keys(), ...along]),
    targets: new Set(outputs.flatMap(fieldsOfOutput)),
  })
  const dropped = drops ? rowsWithout(source, tables, scanned, [...labelled]) : undefined
  for (const field of [weight, splitBy, groupBy]) {
    if (dropped && field !== undefined) requireValues(scanned, field, dropped.rows)
  }
  const columnOf = (field: string): Column => {
    const column = scanned.columns[field]!
    return dropped === undefined ? column : withoutRows(column, dropped.rows)
  }
  const plan = () =>
    planRecords(
      {
        dataset: name,
        files: fileRows(scanned.perFile, splits),
        column: splitBy === undefined ? undefined : scanned.columns[splitBy],
        groups: groupBy === undefined ? undefined : scanned.columns[groupBy],
        dropped: dropped?.rows,
      },
      chosen,
      source.seed,
    )
  const { inputs, refit } = fitTables(tables, {
    ...{ dataset: name, file, format: source.format ?? { delimiter: ',' } },
    rounding: chosen.rounding ?? 'refuse',
    rows: () => plan().train,
    length: scanned.length,
    look: (columns, trained) => look(source, columns, { trained }),
  })
  const hints = scanned.facts?.labels as Record<string, readonly string[]> | undefined
  const held: HeldLabels[] = []
  const fields = outputs.map((output, at): readonly [string | undefined, Field] => {
    const { field, task } = output
    const along = read[at]
    if (along !== undefined) return [output.name, along.field]
    const { labels, classes } = labelsOf(
      columnOf(field),
      { task, target: field, classes: output.classes },
      hints?.[field],
      file,
    )
    held.push({ name: output.name, data: labels, size: 1 })
    const own: Field =
      task === 'regression'
        ? { shape: [], dtype: 'float32', targets: [field] }
        : { shape: [], dtype: 'int32', classes }
    return [output.name, own]
  })
  const [input, output] = [inputs[0]!, fields[0]!]
  // Of one number that is predicted: where it lies among the rows that are trained on.
  const isNumber = output[0] === undefined && outputs[0]!.task === 'regression' && held.length === 1
  const scale = isNumber ? trainedScale(held[0]!.data, plan().train) : undefined
  const areSeveral = { inputs: input.name !== undefined, outputs: output[0] !== undefined }
  const info: DatasetInfo = {
    name,
    ...infoOfFields({
      ...(areSeveral.inputs
        ? { inputs: Object.fromEntries(inputs.map(({ name, field }) => [name!, field])) }
        : { input: input.field }),
      ...(areSeveral.outputs
        ? { outputs: Object.fromEntries(fields.map(([name, field]) => [name!, field])) }
        : { output: output[1] }),
    }),
    ...(!areSeveral.inputs && input.field.encoding && { input: input.field.encoding }),
    ...(!areSeveral.inputs && input.tokens && { tokens: input.tokens }),
    ...(scale && { targetScale: scale }),
    ...(areSeveral.inputs && source.format && inputs.some(isNumbers) && { format: source.format }),
    licence: chosen.licence,
    source: source.source,
  }
  const listed = read.flatMap((each) => (each === undefined ? [] : [each.part]))
  const isPlain = !areSeveral.inputs && listed.length === 0
  const parts = [...inputs.map(({ part }) => part), ...listed]
  const namedFiles = (): string | undefined => {
    const texts = scanned.facts?.texts as readonly string[] | undefined
    const columns = source.namesFiles ? filesIn(parts, texts) : []
    if (columns.length === 0) return undefined
    const found = look(source, columns)
    return columns.map((column) => found[keyOfColumn(column)]!.digest).join(' ')
  }
  return streamedDataset(info, {
    scanned:
      dropped === undefined
        ? scanned
        : { ...scanned, leftOut: [...(scanned.leftOut ?? []), ...dropped.leftOut] },
    ...(dropped && { broken: Array.from(dropped.rows.rows()) }),
    named: namedFiles,
    decode: isPlain ? input.part.plan : ({ kind: 'fields', parts } as DecodePlan),
    labels: held,
    labelDtypes: new Map(listed.map((part) => [part.name, part.dtype ?? 'float32'])),
    weights:
      weight === undefined
        ? undefined
        : weightsOf(scanned.columns[weight]!, weight, file, dropped?.rows),
    lengths: measured && clippedLengths(scanned, measured),
    chosen,
    plan,
    ...(refit && { refit: (rows: Uint32Array) => encodingsOf(refit(rows)) }),
  })
}

/** What inputs are made by, as somebody who has seen them says it. */
function encodingsOf(inputs: readonly RecordInput[]): LoadDataOptions {
  const [first] = inputs
  if (first?.name === undefined) return { input: first?.field.encoding }
  return {
    inputs: Object.fromEntries(
      inputs.flatMap(({ name, field: { encoding } }) =>
        encoding === undefined ? [] : [[name!, encoding]],
      ),
    ),
  }
}

/** Rows that lack a cell, or what is to be predicted. */
function rowsWithout(
  source: RecordSource,
  tables: readonly (RecordInput | KnownTable)[],
  scanned: Scanned,
  targets: readonly string[],
): DroppedRows {
  const wanted = columnsToHave(tables, source.outputs)
  const found = look(source, wanted)
  const lacking = new Map([
    ...wanted.map((column) => [column.field, found[keyOfColumn(column)]!.lacking!] as const),
    ...targets.map((field) => [field, scanned.columns[field]!.lacking!] as const),
  ])
  const option = dropsRows(tables) ? 'missing' : 'unlabelled'
  return droppedRows(lacking, scanned, { file: source.files[0]!, option })
}

/** Another look at some columns of records that were found. */
function look(
  { scan, files, options }: RecordSource,
  columns: readonly WantedColumn[],
  more: object = {},
): Scanned['columns'] {
  const all = { ...options, inputs: [], ...more }
  return scanNow({ kind: scan, files, columns, options: all }).columns
}

/**
 * The fields that pictures and masks are read from, by path where they are texts.
 *
 * @param texts those that are, where a format knows it.
 */
function filesIn(
  parts: readonly FieldPart[],
  texts: readonly string[] | undefined,
): WantedColumn[] {
  const found = parts.flatMap(({ plan }) => {
    const { field, folder } = plan as Partial<PicturePlan>
    if (field === undefined || folder === undefined) return []
    if (texts !== undefined && !texts.includes(field)) return []
    return [{ field, asNumbers: false, measure: { of: 'file', folder } } as const]
  })
  return found.filter(({ field }, at) => found.findIndex((each) => each.field === field) === at)
}

/** How many places of each sample are filled: at least one, and no more than it has. */
function clippedLengths(
  { columns }: Scanned,
  measured: NonNullable<RecordInput['lengths']>,
): Uint32Array {
  const { numbers } = columns[keyOfColumn(measured)]!
  return Uint32Array.from(numbers!, (count) => Math.min(Math.max(1, count), measured.most))
}

/** @throws DataError for a row that is not left out and has no value of a column whose values may be missing. */
function requireValues(
  { columns, store, length }: Scanned,
  field: string,
  dropped: DroppedRows['rows'],
): void {
  const { codes, names, numbers } = columns[field]!
  for (let row = 0; row < length; row++) {
    const lacks = numbers ? Number.isNaN(numbers[row]) : names[codes[row]!] === undefined
    if (!lacks || dropped.has(row)) continue
    throw missingValue(placeOfRow(store, row), field, undefined)
  }
}

/**
 * A column as what the loss of each sample counts.
 *
 * @param dropped rows that are left out: they count nothing.
 * @throws DataError for one below 0.
 */
export function weightsOf(
  { numbers }: Column,
  field: string,
  where: string,
  dropped?: DroppedRows['rows'],
): Float32Array {
  const wrong = numbers!.findIndex((weight, row) => weight < 0 && !dropped?.has(row))
  if (wrong < 0) return Float32Array.from(numbers!, (each, row) => (dropped?.has(row) ? 0 : each))
  throw new DataError({
    where: `${where}, record ${wrong + 1}, ${JSON.stringify(field)}`,
    expected: 'a weight must be a number from 0 on',
    given: numbers![wrong],
  })
}

/** How a column becomes labels. */
export interface LabelOptions {
  readonly task: RecordOutput['task']
  /** Name of the column. */
  readonly target: string
  readonly classes?: readonly string[] | undefined
}

/** The targets as labels. */
export function labelsOf(
  { codes, names, numbers }: Column,
  { task, target, classes }: LabelOptions,
  hinted: readonly string[] | undefined,
  where: string,
): { labels: LabelData; classes: readonly string[] } {
  if (task === 'regression') return { labels: Float32Array.from(numbers!), classes: [] }
  const areIndices =
    hinted !== undefined && names.every((name) => hinted[Number(name)] !== undefined)
  const order =
    classes ?? (areIndices ? hinted.map((_, at) => String(at)) : [...names].sort(byName))
  const places = new Map(order.map((name, at) => [name, at]))
  const unknown = names.find((name) => !places.has(name))
  if (unknown !== undefined) {
    throw new DataError({
      where: `${where}, record ${codes.indexOf(names.indexOf(unknown)) + 1}, ${JSON.stringify(target)}`,
      expected: `must be one of the classes ${order.join(', ')}`,
      given: unknown,
    })
  }
  if (order.length < 2) {
    throw new DataError({
      where,
      expected: `${JSON.stringify(target)} must hold at least 2 classes`,
      given: order,
    })
  }
  const empty = order.find((name) => !areIndices && !names.includes(name))
  if (empty !== undefined) {
    throw new DataError({
      where,
      expected: `every class must have a sample, and ${JSON.stringify(empty)} has none`,
      hint: 'Leave it out of `classes`, or look for its files.',
    })
  }
  const placeOf = names.map((name) => places.get(name)!)
  const labels = classIndices(
    codes.map((code) => placeOf[code]!),
    order.length,
  )
  return { labels, classes: areIndices && classes === undefined ? hinted : order }
}

/** Numbers by their size, all else by code point. */
function byName(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y
  return a < b ? -1 : Number(a > b)
}

/** Whether an input takes numbers as they are, which nobody says anything else of. */
function isNumbers({ part }: RecordInput): boolean {
  return part.plan.kind === 'numbers'
}
