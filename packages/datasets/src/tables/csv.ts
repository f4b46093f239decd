import { resolve } from 'node:path'
import { type Dataset, type DatasetInfo, definePlugin, type Plugin, type Split } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { takePlanned } from '../splits/build.ts'
import { type OwnDataShape, ownDataShape, planOwnData } from '../splits/own-data.ts'
import { encodingNamed } from './decode-text.ts'
import {
  categoriesOf,
  encodeClasses,
  encodeFeatures,
  encodeNumbers,
  type Feature,
  placeOf,
  requireColumn,
  widthOf,
} from './encode.ts'
import { readCsv, type Table } from './read-csv.ts'
import type { Categories } from './spellings.ts'

type Task = z.ZodEnum<{ classification: 'classification'; regression: 'regression' }>

/** Options of the `csv` dataset. */
export type CsvOptions = z.ZodObject<
  OwnDataShape & {
    readonly file: z.ZodString
    readonly test: z.ZodOptional<z.ZodString>
    readonly target: z.ZodString
    readonly task: Task
    readonly features: z.ZodOptional<z.ZodArray<z.ZodString>>
    readonly categorical: z.ZodDefault<z.ZodArray<z.ZodString>>
    readonly delimiter: z.ZodDefault<z.ZodString>
    readonly encoding: z.ZodOptional<z.ZodString>
    readonly spellings: z.ZodDefault<z.ZodEnum<{ refuse: 'refuse'; merge: 'merge'; keep: 'keep' }>>
    readonly rounding: z.ZodDefault<z.ZodEnum<{ refuse: 'refuse'; nearest: 'nearest' }>>
  },
  z.core.$strict
>

const NO_ENCODING = 'must be a text encoding, such as utf-8, windows-1252 or utf-16le'

const options: CsvOptions = z.strictObject({
  file: path('read').describe('The table; its first row names the columns.'),
  test: path('read')
    .optional()
    .describe(
      'Another table of the same columns, to test with; without it, `testPart` is held out.',
    ),
  target: z.string().min(1).describe('The column to predict.'),
  task: z
    .enum(['classification', 'regression'])
    .describe('Whether the target is a class (numbers are names then, too) or a number.'),
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('The columns to predict from, in this order; all but the target when left out.'),
  categorical: z
    .array(z.string())
    .default([])
    .describe('Those features that are categories: each becomes one number per category, 0 or 1.'),
  delimiter: z
    .string()
    .min(1)
    .refine((text) => !/["\r\n]/.test(text), 'must be without quotes and line ends')
    .default(',')
    .describe('What stands between cells; \\t is a tab.'),
  encoding: z
    .string()
    .refine((label) => encodingNamed(label) !== undefined, NO_ENCODING)
    .optional()
    .describe(
      'What the text is in, such as windows-1252 (Latin 1) or utf-16le; left out, UTF-8 or what a byte order mark says.',
    ),
  spellings: z
    .enum(['refuse', 'merge', 'keep'])
    .default('refuse')
    .describe(
      'Classes or categories that differ in spelling alone, such as 1 and 1.0: an error (refuse), one name (merge) or several (keep).',
    ),
  rounding: z
    .enum(['refuse', 'nearest'])
    .default('refuse')
    .describe(
      'Whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has.',
    ),
  ...ownDataShape,
})

/**
 * Rows of a CSV table: float inputs `[features]`, and a class or a number as label.
 *
 * Numbers are taken as they are; start the model with a batch norm when the columns differ in scale, so that the scaling
 * is part of what is exported.
 */
export const csv: Plugin<'dataset', CsvOptions> = definePlugin({
  kind: 'dataset',
  name: 'csv',
  description: 'A table from a CSV file: number and category columns, one of which is predicted.',
  options,
  create(given, context): Dataset {
    const delimiter = given.delimiter.replaceAll('\\t', '\t')
    const chosen = { ...given, ...composedNames(given), delimiter }
    const read = (file: string) => readCsv(resolve(context.folder, file), chosen)
    const table = read(chosen.file)
    const testTable = chosen.test === undefined ? undefined : read(chosen.test)
    const tables = testTable ? [table, testTable] : [table]
    const features = chooseFeatures(tables, chosen)
    const classes = chosen.task === 'classification' ? chooseClasses(tables, chosen) : undefined
    const train = encode(table, features, classes, chosen)
    const test = testTable && encode(testTable, features, classes, chosen)
    if (test) refuseUnseen(train, test, { table: testTable!, classes, target: chosen.target })
    const info: DatasetInfo = {
      name: 'csv',
      inputShape: [widthOf(features)],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: rangeOf(test ? [train, test] : [train]),
      classes: classes?.names ?? [],
      licence: chosen.licence,
      source: tables.map(({ path }) => path).join(', '),
    }
    return {
      info,
      async load() {
        const plan = planOwnData('csv', train.length, test?.length, chosen, context.seed)
        return takePlanned(info, train, test ?? train, plan)
      },
    }
  },
})

/** Names of columns as the reader gives them, whatever form of Unicode the experiment is written in. */
function composedNames({ target, features, categorical }: z.output<CsvOptions>) {
  const composed = (name: string) => name.normalize()
  return {
    target: composed(target),
    features: features?.map(composed),
    categorical: categorical.map(composed),
  }
}

function chooseFeatures(
  tables: readonly Table[],
  { target, features, categorical, spellings }: z.output<CsvOptions>,
): readonly Feature[] {
  for (const table of tables) requireColumn(table, target, 'csv.target')
  const names = features ?? tables[0]!.columns.filter((column) => column !== target)
  if (names.length === 0) {
    throw new DataError({
      where: tables[0]!.path,
      expected: `must have a column to predict from besides the target ${JSON.stringify(target)}`,
      given: tables[0]!.columns,
      hint: 'If it has more, the cells are parted by something else: say by what with `delimiter`.',
    })
  }
  for (const table of tables) {
    for (const name of names) requireColumn(table, name, 'csv.features')
    for (const name of categorical) requireColumn(table, name, 'csv.categorical')
  }
  if (names.includes(target)) {
    throw new ConfigError({
      where: 'csv.features',
      expected: 'must not contain the target',
      given: target,
    })
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new ConfigError({
      where: 'csv.features',
      expected: 'must name each column once',
      given: twice,
    })
  }
  const stray = categorical.find((name) => !names.includes(name))
  if (stray !== undefined) {
    throw new ConfigError({
      where: 'csv.categorical',
      expected: 'must name features only',
      given: stray,
    })
  }
  return names.map((column) =>
    categorical.includes(column)
      ? { column, categories: categoriesOf(tables, column, spellings) }
      : { column },
  )
}

function chooseClasses(
  tables: readonly Table[],
  { target, spellings }: z.output<CsvOptions>,
): Categories {
  const classes = categoriesOf(tables, target, spellings)
  if (classes.names.length > 1) return classes
  throw new DataError({
    where: tables.map(({ path }) => path).join(', '),
    expected: `column ${JSON.stringify(target)} must hold at least 2 classes`,
    given: classes.names,
  })
}

/** A class that is only tested is no class that could be learned. */
function refuseUnseen(
  train: Split,
  test: Split,
  { table, classes, target }: { table: Table; classes: Categories | undefined; target: string },
): void {
  if (classes === undefined) return
  const learned = new Set<number>(train.labels)
  const row = test.labels.findIndex((label) => !learned.has(label))
  if (row === -1) return
  throw new DataError({
    where: placeOf(table, row, target),
    expected: 'the class must be one of the training table, too',
    given: classes.names[test.labels[row]!],
  })
}

function encode(
  table: Table,
  features: readonly Feature[],
  classes: Categories | undefined,
  { target, rounding }: z.output<CsvOptions>,
): Split {
  return {
    inputs: encodeFeatures(table, features, rounding),
    labels: classes
      ? encodeClasses(table, target, classes)
      : encodeNumbers(table, target, rounding),
    length: table.rows.length,
  }
}

function rangeOf(splits: readonly Split[]): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY
  let high = Number.NEGATIVE_INFINITY
  for (const { inputs } of splits) {
    for (const value of inputs) {
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  return [low, high]
}
