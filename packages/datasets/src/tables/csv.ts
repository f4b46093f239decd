import { resolve } from 'node:path'
import {
  type ArraySplit,
  type Dataset,
  type DatasetInfo,
  type DatasetSplits,
  definePlugin,
  type FieldSplit,
  type LeftOut,
  type Plugin,
  type TableEncoding,
  theOnly,
} from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { takePlanned } from '../splits/build.ts'
import { type OwnDataShape, ownDataShape, planOwnData } from '../splits/own-data.ts'
import { trainedScale } from '../splits/trained-scale.ts'
import {
  type ColumnShape,
  columnShape,
  type UnlabelledOption,
  unlabelledOption,
} from './column-options.ts'
import { categoriesOf, cellsOf, type Feature, requireColumn } from './encode.ts'
import { fitColumns } from './fit-columns.ts'
import { delimiterOf, type FormatShape, formatShape } from './format-options.ts'
import { allLeftOut, kindOfClasses, withoutMissing } from './missing.ts'
import { requireOnce } from './named-once.ts'
import { readCsv, type Table } from './read-csv.ts'
import { inputsByName, oneInput } from './table-inputs.ts'
import { type TableTask, tableLabels } from './table-labels.ts'

type Task = z.ZodEnum<{ [K in TableTask]: K }>

/** Options of the `csv` dataset. */
export type CsvOptions = z.ZodObject<
  OwnDataShape &
    FormatShape &
    ColumnShape & {
      readonly file: z.ZodString
      readonly test: z.ZodOptional<z.ZodString>
      readonly target: z.ZodUnion<readonly [z.ZodString, z.ZodArray<z.ZodString>]>
      readonly classes: z.ZodOptional<z.ZodArray<z.ZodString>>
      readonly task: Task
      readonly features: z.ZodOptional<z.ZodArray<z.ZodString>>
      readonly spellings: z.ZodDefault<
        z.ZodEnum<{ refuse: 'refuse'; merge: 'merge'; keep: 'keep' }>
      >
      readonly rounding: z.ZodDefault<z.ZodEnum<{ refuse: 'refuse'; nearest: 'nearest' }>>
      readonly unlabelled: UnlabelledOption
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
  target: z
    .union([z.string().min(1), z.array(z.string().min(1)).min(1)])
    .describe('The column to predict; of several labels, a column for each class does as well.'),
  task: z
    .enum(['classification', 'multi-label', 'regression'])
    .describe(
      'Whether the target is a class (numbers are names then, too), several of them at once (yes or no to each), or a number.',
    ),
  classes: z
    .array(z.string().min(1))
    .min(2)
    .optional()
    .describe(
      'Of several labels: the names of the classes, in their order. Left out, the names of the columns; a column of lists must be told.',
    ),
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('The columns to predict from, in this order; all but the target when left out.'),
  ...columnShape(),
  unlabelled: unlabelledOption(),
  ...formatShape,
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
 * Rows of a CSV table: float inputs `[features]`, or several by name where categories are indices, and a class or a number as label; or yes and no to several classes.
 *
 * What is fitted to the columns (mean and deviation, what stands for missing cells, categories) is fitted to the training samples alone, and goes along
 * with the model.
 */
export const csv: Plugin<'dataset', CsvOptions> = definePlugin({
  kind: 'dataset',
  name: 'csv',
  description: 'A table from a CSV file: number and category columns, one of which is predicted.',
  options,
  create(given, context): Dataset {
    const chosen = { ...given, ...composedNames(given), delimiter: delimiterOf(given) }
    requireOnce(chosen.targets, 'csv.target', 'column')
    requireOnce(chosen.classes ?? [], 'csv.classes', 'class')
    const leftOut: LeftOut[] = []
    const read = (file: string) => readCsv(resolve(context.folder, file), chosen)
    const whole = read(chosen.file)
    const kinds = targetKinds(whole, chosen)
    const table = completeTable(whole, kinds, chosen, leftOut)
    const testTable =
      chosen.test === undefined
        ? undefined
        : completeTable(read(chosen.test), kinds, chosen, leftOut)
    const tables = testTable ? [table, testTable] : [table]
    const features = chooseFeatures(tables, chosen)
    const labels = tableLabels(tables, chosen)
    const plan = () =>
      planOwnData('csv', table.rows.length, testTable?.rows.length, chosen, context.seed)
    const rounding = chosen.rounding
    const inputs =
      chosen.categories === 'index'
        ? inputsByName(
            features.map(({ column }) => column),
            chosen.categorical,
            rounding,
          )
        : oneInput(rounding)
    const split = (of: Table, encoding: TableEncoding): FieldSplit => ({
      inputs: inputs.encode(of, encoding),
      labels: labels.encode(of),
      length: of.rows.length,
    })
    const fitted = fitColumns(table, features, chosen, plan().train)
    const train = split(table, fitted)
    const test = testTable && split(testTable, fitted)
    const own = theOnly('csv', train.labels)
    if (test) labels.check(own, theOnly('csv', test.labels), testTable!)
    const scale = chosen.task === 'regression' ? trainedScale(own, plan().train) : undefined
    const info: DatasetInfo = {
      name: 'csv',
      ...inputs.info(fitted, labels.field, (test ? [train, test] : [train]) as ArraySplit[]),
      ...(scale !== undefined && { targetScale: scale }),
      licence: chosen.licence,
      source: tables.map(({ path }) => path).join(', '),
    }
    const splitsBy = (encoding: TableEncoding): DatasetSplits => {
      const whole = encoding === fitted ? train : split(table, encoding)
      const held = encoding === fitted ? test : testTable && split(testTable, encoding)
      const both = (held ? [whole, held] : [whole]) as ArraySplit[]
      // What a model has seen may have other categories, and so another width.
      const own =
        encoding === fitted ? info : { ...info, ...inputs.info(encoding, labels.field, both) }
      return {
        ...takePlanned(own, whole, held ?? whole, plan()),
        ...(leftOut.length > 0 && { leftOut }),
        ...inputs.made(encoding),
      }
    }
    return {
      info,
      async load(options = {}) {
        return {
          ...splitsBy(inputs.seen(options, fitted)),
          refit(rows) {
            const trained = plan().train
            const own = Uint32Array.from(rows, (row) => trained[row]!)
            return splitsBy(fitColumns(table, features, chosen, own, trained))
          },
        }
      },
    }
  },
})

/** The options, with names as the reader gives them. */
type Chosen = z.output<CsvOptions> & { readonly targets: readonly string[] }

/** What the columns to predict are when looking for missing cells, by the table that is trained on. */
function targetKinds(
  table: Table,
  { targets, task }: Chosen,
): ReadonlyMap<string, 'number' | 'category'> {
  return new Map(
    targets.map((target) => [
      target,
      // A number, and yes or no, are none of the words for nothing.
      task === 'classification' ? kindOfClasses(cellsOf(table, target), table.decimal) : 'number',
    ]),
  )
}

/** A table, without the rows that are to be left out. */
function completeTable(
  table: Table,
  kinds: ReadonlyMap<string, 'number' | 'category'>,
  chosen: Chosen,
  leftOut: LeftOut[],
): Table {
  const { targets, features, categorical, task, missing, unlabelled } = chosen
  if (missing !== 'drop' && unlabelled !== 'drop') return table
  for (const target of targets) requireColumn(table, target, 'csv.target')
  for (const feature of features ?? []) requireColumn(table, feature, 'csv.features')
  const names = features ?? table.columns.filter((column) => !targets.includes(column))
  const kindOf = (column: string) =>
    categorical.includes(column) ? ('category' as const) : ('number' as const)
  const columns = [
    ...(missing === 'drop' ? names.map((column) => ({ column, kind: kindOf(column) })) : []),
    // A list of labels may be empty: none is right.
    ...(task === 'multi-label' && targets.length === 1 ? [] : targets).map((column) => ({
      ...{ column, kind: kinds.get(column)! },
    })),
  ]
  const complete = withoutMissing(table, columns, leftOut)
  if (complete.rows.length > 0) return complete
  throw allLeftOut(table.path, missing === 'drop' ? 'missing' : 'unlabelled')
}

/** Names of columns as the reader gives them, whatever form of Unicode the experiment is written in. */
function composedNames({ target, classes, features, categorical }: z.output<CsvOptions>) {
  const composed = (name: string) => name.normalize()
  return {
    targets: [target].flat().map(composed),
    classes: classes?.map(composed),
    features: features?.map(composed),
    categorical: categorical.map(composed),
  }
}

function chooseFeatures(
  tables: readonly Table[],
  { targets, features, categorical, categories, spellings, missing }: Chosen,
): readonly Feature[] {
  for (const table of tables) {
    for (const target of targets) requireColumn(table, target, 'csv.target')
  }
  const names = features ?? tables[0]!.columns.filter((column) => !targets.includes(column))
  if (names.length === 0) {
    throw new DataError({
      where: tables[0]!.path,
      expected: `must have a column to predict from besides the target ${targets.map((target) => JSON.stringify(target)).join(', ')}`,
      given: tables[0]!.columns,
      hint: 'If it has more, the cells are parted by something else: say by what with `delimiter`.',
    })
  }
  for (const table of tables) {
    for (const name of names) requireColumn(table, name, 'csv.features')
    for (const name of categorical) requireColumn(table, name, 'csv.categorical')
  }
  const predicted = targets.find((target) => names.includes(target))
  if (predicted !== undefined) {
    throw new ConfigError({
      where: 'csv.features',
      expected: 'must not contain the target',
      given: predicted,
    })
  }
  requireOnce(names, 'csv.features', 'column')
  const stray = categorical.find((name) => !names.includes(name))
  if (stray !== undefined) {
    throw new ConfigError({
      where: 'csv.categorical',
      expected: 'must name features only',
      given: stray,
    })
  }
  const mayMiss = missing !== 'refuse' || categories === 'index'
  return names.map((column) =>
    categorical.includes(column)
      ? { column, categories: categoriesOf(tables, column, spellings, mayMiss) }
      : { column },
  )
}
