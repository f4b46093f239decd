import { resolve } from 'node:path'
import {
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type Plugin,
  path,
  type Split,
} from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { z } from 'zod'
import { takePlanned } from '../splits/build.ts'
import { type OwnDataShape, ownDataShape, planOwnData } from '../splits/own-data.ts'
import {
  categoriesOf,
  encodeClasses,
  encodeFeatures,
  encodeNumbers,
  type Feature,
  requireColumn,
  widthOf,
} from './encode.ts'
import { readCsv, type Table } from './read-csv.ts'

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
  },
  z.core.$strict
>

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
  delimiter: z.string().min(1).default(',').describe('What stands between cells.'),
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
  create(chosen, context): Dataset {
    const read = (file: string) => readCsv(resolve(context.folder, file), chosen.delimiter)
    const table = read(chosen.file)
    const testTable = chosen.test === undefined ? undefined : read(chosen.test)
    const tables = testTable ? [table, testTable] : [table]
    const features = chooseFeatures(tables, chosen)
    const classes = chosen.task === 'classification' ? chooseClasses(tables, chosen.target) : []
    const train = encode(table, features, chosen.target, classes)
    const test = testTable && encode(testTable, features, chosen.target, classes)
    const info: DatasetInfo = {
      name: 'csv',
      inputShape: [widthOf(features)],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: rangeOf(test ? [train, test] : [train]),
      classes,
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

function chooseFeatures(
  tables: readonly Table[],
  { target, features, categorical }: z.output<CsvOptions>,
): readonly Feature[] {
  const names = features ?? tables[0]!.columns.filter((column) => column !== target)
  for (const table of tables) {
    requireColumn(table, target, 'csv.target')
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
      ? { column, categories: categoriesOf(tables, column) }
      : { column },
  )
}

function chooseClasses(tables: readonly Table[], target: string): readonly string[] {
  const classes = categoriesOf(tables, target)
  if (classes.length > 1) return classes
  throw new DataError({
    where: tables.map(({ path }) => path).join(', '),
    expected: `column ${JSON.stringify(target)} must hold at least 2 classes`,
    given: classes,
  })
}

function encode(
  table: Table,
  features: readonly Feature[],
  target: string,
  classes: readonly string[],
): Split {
  return {
    inputs: encodeFeatures(table, features),
    labels:
      classes.length > 0 ? encodeClasses(table, target, classes) : encodeNumbers(table, target),
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
