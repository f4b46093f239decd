import { dirname } from 'node:path'
import { type Dataset, definePlugin, type Plugin } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { PluginContext } from '@ashlar/plugins'
import { z } from 'zod'
import { ownDataShape } from '../splits/own-data.ts'
import { requireOneForm } from '../streams/one-or-several.ts'
import { datasetOfRecords, splitFiles } from '../streams/record-dataset.ts'
import { inputOf, type RecordInput } from '../streams/record-inputs.ts'
import {
  fieldName,
  fieldNames,
  filesOption,
  type InputOptions,
  inputShape,
  outputShape,
  readingShape,
  recordShape,
} from '../streams/record-options.ts'
import { outputsOf } from '../streams/record-outputs.ts'
import type { CsvFacts } from '../streams/scans/csv.ts'
import { fitTables, type TableInput } from '../streams/table-input.ts'

/** How cells become numbers. */
const tableShape = {
  categorical: z
    .array(z.string())
    .default([])
    .describe('Those features that are categories: each becomes one number per category, 0 or 1.'),
  standardize: z
    .boolean()
    .default(true)
    .describe(
      'Whether each column of numbers is shifted and scaled to the mean 0 and the standard deviation 1, as the training samples have it.',
    ),
  unseen: z
    .enum(['refuse', 'ignore'])
    .default('ignore')
    .describe(
      'Categories that no training sample has: an error (refuse), or none of the categories (ignore).',
    ),
}

const shape = {
  files: filesOption().describe(
    'Tables to train on, whose first rows name the same columns: paths, a folder, or names with * for any characters or {000..010} for a range.',
  ),
  validationFiles: recordShape.validationFiles,
  testFiles: recordShape.testFiles,
  splitBy: recordShape.splitBy,
  groupBy: recordShape.groupBy,
  weight: recordShape.weight,
  target: z
    .string()
    .min(1)
    .optional()
    .describe('The column to predict. Of several outputs, see `outputs`.'),
  task: recordShape.task,
  ...outputShape,
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'The columns to predict from; all but those that are named otherwise when left out. Of several inputs, see `inputs`.',
    ),
  ...tableShape,
  inputs: z
    .record(
      fieldName(),
      z.strictObject({
        field: fieldNames().describe('The column; several for a table and for numbers.'),
        as: z
          .enum(['table', 'picture', 'numbers', 'text', 'ids', 'sound'])
          .default('table')
          .describe(
            'What that is: columns of a table; or the path of a picture, numbers as they are, a text, a list of token numbers.',
          ),
        ...tableShape,
        ...inputShape,
      }),
    )
    .optional()
    .describe(
      'Several inputs by the names that the model takes them by, in the place of `features`.',
    ),
  outputs: recordShape.outputs,
  delimiter: z
    .string()
    .length(1)
    .refine((text) => !/["\r\n]/.test(text), 'must be without quotes and line ends')
    .default(',')
    .describe('What stands between cells.'),
  rounding: z
    .enum(['refuse', 'nearest'])
    .default('refuse')
    .describe(
      'Whole numbers beyond 2^24 that float32 does not have: an error (refuse), or the nearest that it has.',
    ),
  ...readingShape,
  ...ownDataShape,
}
const options = z.strictObject(shape)

/** Tables larger than memory: float inputs `[features]`, or several by name, among them pictures by their paths; classes, numbers or several of them as labels. What is fitted to columns is fitted to the training samples, in a second pass over the files. */
export const csvStream: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'csv-stream',
  description: 'CSV tables larger than memory, read while training.',
  options,
  create(chosen, context): Dataset {
    const found = splitFiles(chosen, context.folder, ['.csv', '.tsv', '.csv.gz'])
    const { delimiter, rounding } = chosen
    const dataFolder = dirname(found.files[0]!)
    const outputs = outputsOf(chosen)
    const inputs = tablesAndFields(chosen, dataFolder, context)
    return datasetOfRecords({
      ...{ name: 'csv-stream', scan: 'csv', ...found, dataFolder, chosen, inputs, outputs },
      options: { delimiter },
      source: [chosen.files].flat().join(', '),
      seed: context.seed,
      fit(scanned, rows, others) {
        const { header } = scanned.facts as unknown as CsvFacts
        const { files } = found
        const targets = new Set(outputs.map(({ field }) => field))
        return fitTables(inputs, {
          ...{ files, delimiter, rounding, header, others, targets, rows },
          length: scanned.length,
        })
      },
    })
  },
})

type CsvOptions = z.output<typeof options>

function tablesAndFields(
  { inputs, features, categorical, standardize, unseen }: CsvOptions,
  dataFolder: string,
  { folder }: PluginContext,
): (RecordInput | TableInput)[] {
  if (inputs === undefined) {
    return [{ name: undefined, table: { features, categorical, standardize, unseen } }]
  }
  requireOneForm('features', 'inputs', features, Object.keys(inputs))
  return Object.entries(inputs).map(([name, { as, ...more }], place) => {
    if (as === 'table') {
      const { categorical, standardize, unseen } = more
      return { name, table: { features: [more.field].flat(), categorical, standardize, unseen } }
    }
    if (more.categorical.length > 0) {
      throw new ConfigError({
        where: `dataset.inputs.${name}.categorical`,
        expected: 'must be left out but of a table',
        given: more.categorical,
      })
    }
    const own: InputOptions = { as, ...more }
    return inputOf(name, place, own, { dataFolder, folder })
  })
}
