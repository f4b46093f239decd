import { dirname } from 'node:path'
import {
  type Dataset,
  type DatasetInfo,
  type Field,
  infoOfFields,
  type LabelData,
} from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import type { PluginContext } from '@ashlar/plugins'
import { classIndices } from '../tables/encode.ts'
import type { Column } from './column.ts'
import type { FieldPart } from './decoders/fields.ts'
import { listFiles } from './file-list.ts'
import type { DecodePlan } from './reader.ts'
import { inputsOf, outputsOf } from './record-fields.ts'
import type { RecordOptions } from './record-options.ts'
import { scanNow } from './scan-now.ts'
import { fileRows, planRecords, type SplitName } from './splits.ts'
import { type HeldLabels, streamedDataset } from './streamed-splits.ts'

/** What a format of records says of itself. */
export interface RecordFormat {
  /** Name of the dataset. */
  readonly name: string
  /** How the names of its files end. */
  readonly endings: readonly string[]
  /** Name of its scan. */
  readonly scan: string
  /** What its scan must know besides. */
  options?(chosen: RecordOptions): Readonly<Record<string, unknown>>
}

/** The files of each split, in the order in which their records are numbered. */
export interface SplitFiles {
  readonly files: readonly string[]
  readonly splits: readonly SplitName[]
}

/** @throws DataError for a path without a file. */
export function splitFiles(
  chosen: Pick<RecordOptions, 'files' | 'validationFiles' | 'testFiles'>,
  folder: string,
  endings: readonly string[],
): SplitFiles {
  const parts = [
    ['train', chosen.files],
    ['validation', chosen.validationFiles],
    ['test', chosen.testFiles],
  ] as const
  const found = parts.flatMap(([split, paths]) =>
    paths === undefined ? [] : listFiles(folder, paths, endings).map((file) => ({ split, file })),
  )
  return { files: found.map(({ file }) => file), splits: found.map(({ split }) => split) }
}

/** A dataset of records by their format. */
export function recordDataset(
  format: RecordFormat,
  chosen: RecordOptions,
  context: PluginContext,
): Dataset {
  const { files, splits } = splitFiles(chosen, context.folder, format.endings)
  const outputs = outputsOf(chosen)
  const inputs = inputsOf(chosen, dirname(files[0]!), context.folder)
  const { splitBy, groupBy, weight } = chosen
  const named = new Map<string, boolean>()
  for (const { field, task, shape } of outputs) {
    if (shape === undefined) named.set(field, task === 'regression')
  }
  if (weight !== undefined) named.set(weight, true)
  for (const field of [splitBy, groupBy]) if (field !== undefined) named.set(field, false)
  const lists = outputs.filter(({ shape }) => shape !== undefined)
  const scanned = scanNow({
    kind: format.scan,
    files,
    columns: [...named].map(([field, asNumbers]) => ({ field, asNumbers })),
    options: {
      ...format.options?.(chosen),
      inputs: [...inputs.flatMap(({ from }) => from), ...lists.map(({ field }) => field)],
    },
  })
  const [file] = files as [string]
  const hints = scanned.facts?.labels as Record<string, readonly string[]> | undefined
  const held: HeldLabels[] = []
  const fields = outputs.map((output): readonly [string | undefined, Field] => {
    const { name, field, task, shape } = output
    if (shape !== undefined) return [name, { shape, dtype: 'float32' }]
    const { labels, classes } = labelsOf(
      scanned.columns[field]!,
      { task, target: field, classes: output.classes },
      hints?.[field],
      file,
    )
    held.push({ name, data: labels, size: 1 })
    const isClass = task === 'classification'
    const own: Field = isClass
      ? { shape: [], dtype: 'int32', classes }
      : { shape: [], dtype: 'float32', targets: [field] }
    return [name, own]
  })
  const listed = lists.map(({ name, field, shape }): FieldPart => {
    const size = shape!.reduce((product, dim) => product * dim, 1)
    return { role: 'labels', name, plan: { kind: 'numbers', fields: [field], size } as DecodePlan }
  })
  const [input, output] = [inputs[0]!, fields[0]!]
  const areSeveral = { inputs: chosen.inputs !== undefined, outputs: chosen.outputs !== undefined }
  const encoding = inputs.length === 1 ? input.field.encoding : undefined
  const info: DatasetInfo = {
    name: format.name,
    ...infoOfFields({
      ...(areSeveral.inputs
        ? { inputs: Object.fromEntries(inputs.map(({ name, field }) => [name!, field])) }
        : { input: input.field }),
      ...(areSeveral.outputs
        ? { outputs: Object.fromEntries(fields.map(([name, field]) => [name!, field])) }
        : { output: output[1] }),
    }),
    ...(encoding && { input: encoding }),
    licence: chosen.licence,
    source: [chosen.files].flat().join(', '),
  }
  const parts = [...inputs.map(({ part }) => part), ...listed]
  const isPlain = !areSeveral.inputs && listed.length === 0
  return streamedDataset(info, {
    scanned,
    decode: isPlain ? input.part.plan : ({ kind: 'fields', parts } as DecodePlan),
    labels: held,
    weights: weight === undefined ? undefined : weightsOf(scanned.columns[weight]!, weight, file),
    chosen,
    plan: () =>
      planRecords(
        {
          dataset: format.name,
          files: fileRows(scanned.perFile, splits),
          column: splitBy === undefined ? undefined : scanned.columns[splitBy],
          groups: groupBy === undefined ? undefined : scanned.columns[groupBy],
        },
        chosen,
        context.seed,
      ),
  })
}

/**
 * A column as what the loss of each sample counts.
 *
 * @throws DataError for one below 0.
 */
export function weightsOf({ numbers }: Column, field: string, where: string): Float32Array {
  const wrong = numbers!.findIndex((weight) => weight < 0)
  if (wrong < 0) return Float32Array.from(numbers!)
  throw new DataError({
    where: `${where}, record ${wrong + 1}, ${JSON.stringify(field)}`,
    expected: 'a weight must be a number from 0 on',
    given: numbers![wrong],
  })
}

/** How a column becomes labels. */
export interface LabelOptions {
  readonly task: 'classification' | 'regression'
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
