import { dirname, resolve } from 'node:path'
import type { Dataset, DatasetInfo, InputEncoding, LabelData } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import type { PluginContext } from '@ashlar/plugins'
import type { Column } from './column.ts'
import type { PicturePlan } from './decoders/picture.ts'
import { listFiles } from './file-list.ts'
import type { DecodePlan } from './reader.ts'
import type { RecordOptions } from './record-options.ts'
import { scanNow } from './scan-now.ts'
import { planRecords, type SplitName } from './splits.ts'
import { streamedDataset } from './streamed-splits.ts'
import { openTokenizer } from './tokenizer.ts'

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
  const named = new Map<string, boolean>([[chosen.target, chosen.task === 'regression']])
  for (const field of [chosen.splitBy, chosen.groupBy])
    if (field !== undefined) named.set(field, false)
  const scanned = scanNow({
    kind: format.scan,
    files,
    columns: [...named].map(([field, asNumbers]) => ({ field, asNumbers })),
    options: format.options?.(chosen),
  })
  const target = scanned.columns[chosen.target]!
  const hinted = (scanned.facts?.labels as Record<string, readonly string[]> | undefined)?.[
    chosen.target
  ]
  const { labels, classes } = labelsOf(target, chosen, hinted, files[0]!)
  const { decode, fields, input } = decodingOf(chosen, dirname(files[0]!), context.folder)
  const info: DatasetInfo = {
    name: format.name,
    ...fields,
    labelShape: [],
    classes,
    ...(chosen.task === 'regression' && { targets: [chosen.target] }),
    ...(input && { input }),
    licence: chosen.licence,
    source: [chosen.files].flat().join(', '),
  }
  return streamedDataset(info, {
    scanned,
    decode,
    labels,
    chosen,
    plan: () =>
      planRecords(
        {
          dataset: format.name,
          length: scanned.length,
          files: scanned.perFile.map((rows, at) => ({ split: splits[at]!, rows })),
          column: chosen.splitBy === undefined ? undefined : scanned.columns[chosen.splitBy],
          groups: chosen.groupBy === undefined ? undefined : scanned.columns[chosen.groupBy],
        },
        chosen,
        context.seed,
      ),
  })
}

/** The targets as labels. */
export function labelsOf(
  { codes, names, numbers }: Column,
  { task, target, classes }: Pick<RecordOptions, 'task' | 'target' | 'classes'>,
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
  const labels = order.length <= 256 ? new Uint8Array(codes.length) : new Int32Array(codes.length)
  for (const [row, code] of codes.entries()) labels[row] = placeOf[code]!
  return { labels, classes: areIndices && classes === undefined ? hinted : order }
}

/** Numbers by their size, all else by code point. */
function byName(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x - y
  return a < b ? -1 : Number(a > b)
}

interface Decoding {
  readonly decode: DecodePlan
  readonly fields: Pick<DatasetInfo, 'inputShape' | 'inputDtype' | 'inputRange'>
  readonly input?: InputEncoding
}

function decodingOf(chosen: RecordOptions, dataFolder: string, folder: string): Decoding {
  const { as, input, size, channels, fit, shape, tokens, length, rate } = chosen
  const names = [input].flat()
  const [field] = names as [string]
  const require = <T>(value: T | undefined, option: string): T => {
    if (value !== undefined) return value
    throw new ConfigError({
      where: `dataset.${option}`,
      expected: `must be given for \`as: ${as}\``,
    })
  }
  if (as !== 'numbers' && names.length > 1) {
    throw new ConfigError({
      where: 'dataset.input',
      expected: `must be one field for \`as: ${as}\``,
      given: names,
    })
  }
  const open = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as const
  switch (as) {
    case 'picture': {
      const [height, width] = require(size, 'size')
      const picture = { height, width, channels, fit }
      const decode: PicturePlan = { kind: 'picture', field, folder: dataFolder, size: picture }
      return {
        decode,
        fields: {
          inputShape: [height, width, channels],
          inputDtype: 'uint8',
          inputRange: [0, 255],
        },
        input: { kind: 'image', ...picture },
      }
    }
    case 'numbers': {
      const inputShape = shape ?? [names.length]
      const plan = { kind: 'numbers', fields: names, size: inputShape.reduce((a, b) => a * b, 1) }
      return { decode: plan, fields: { inputShape, inputDtype: 'float32', inputRange: open } }
    }
    case 'text': {
      const tokenizer = chosen.tokenizer === 'bytes' ? undefined : resolve(folder, chosen.tokenizer)
      const count = openTokenizer(tokenizer).vocabulary.length
      const plan = { kind: 'tokens', field, length: require(tokens, 'tokens'), tokenizer }
      return {
        decode: plan,
        fields: { inputShape: [plan.length], inputDtype: 'float32', inputRange: [0, count - 1] },
      }
    }
    default: {
      const plan = { kind: 'sound', field, length: require(length, 'length'), channels: 1, rate }
      return {
        decode: plan,
        fields: { inputShape: [plan.length, 1], inputDtype: 'float32', inputRange: [-1, 1] },
      }
    }
  }
}
