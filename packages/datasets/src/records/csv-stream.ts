import { dirname } from 'node:path'
import { type Dataset, definePlugin, type Plugin } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { z } from 'zod'
import { ownDataShape } from '../splits/own-data.ts'
import { isFoundByBytes } from '../streams/csv-records.ts'
import { requireOneForm } from '../streams/one-or-several.ts'
import { datasetOfRecords } from '../streams/record-dataset.ts'
import type { RecordInput } from '../streams/record-input.ts'
import { type InputFolders, inputOf } from '../streams/record-inputs.ts'
import {
  cacheShape,
  fieldName,
  fieldNames,
  filesOption,
  inputShape,
  outputShape,
  readingShape,
  recordShape,
} from '../streams/record-options.ts'
import { outputsOf } from '../streams/record-outputs.ts'
import { splitFiles } from '../streams/split-files.ts'
import { type TableInput, tableOptions } from '../streams/table-input.ts'
import { columnShape } from '../tables/column-options.ts'
import { encodingNamed } from '../tables/decode-text.ts'
import { delimiterOf, formatShape } from '../tables/format-options.ts'
import type { TableFormat } from '../tables/read-csv.ts'

const shape = {
  files: filesOption().describe(
    'Tables to train on, whose first rows name the same columns: paths, a folder, or names with * for any characters or {000..010} for a range.',
  ),
  validationFiles: recordShape.validationFiles,
  testFiles: recordShape.testFiles,
  splitBy: recordShape.splitBy,
  groupBy: recordShape.groupBy,
  weight: recordShape.weight,
  unlabelled: recordShape.unlabelled,
  target: fieldNames()
    .optional()
    .describe(
      'The column to predict; of several labels, a column for each class does as well. Of several outputs, see `outputs`.',
    ),
  task: recordShape.task,
  ...outputShape,
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      'The columns to predict from; all but those that are named otherwise when left out. Of several inputs, see `inputs`.',
    ),
  ...columnShape('Of tables'),
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
        ...inputShape,
      }),
    )
    .optional()
    .describe(
      'Several inputs by the names that the model takes them by, in the place of `features`.',
    ),
  outputs: recordShape.outputs,
  ...formatShape,
  rounding: recordShape.rounding,
  ...cacheShape,
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
    const format = formatOf(chosen)
    const dataFolder = dirname(found.files[0]!)
    return datasetOfRecords({
      ...{ name: 'csv-stream', scan: 'csv', ...found, dataFolder, chosen },
      inputs: tablesAndFields(chosen, {
        dataFolder,
        folder: context.folder,
        decimal: format.decimal,
      }),
      outputs: outputsOf(chosen),
      ...{ options: { ...format }, format, namesFiles: true },
      source: [chosen.files].flat().join(', '),
      seed: context.seed,
    })
  },
})

type CsvOptions = z.output<typeof options>

/**
 * How the tables are written.
 *
 * @throws ConfigError for an encoding whose lines are not found by their bytes.
 */
function formatOf(chosen: CsvOptions): TableFormat {
  const encoding = chosen.encoding === undefined ? undefined : encodingNamed(chosen.encoding)
  if (encoding !== undefined && !isFoundByBytes(encoding)) {
    throw new ConfigError({
      where: 'csv-stream.encoding',
      expected: 'must be an encoding whose lines are found by their bytes',
      given: chosen.encoding,
      hint: 'Save the tables as UTF-8, or read them into memory (`csv`).',
    })
  }
  return {
    delimiter: delimiterOf(chosen),
    ...(chosen.decimal === ',' && { decimal: chosen.decimal }),
    ...(encoding !== undefined && { encoding }),
  }
}

function tablesAndFields(chosen: CsvOptions, folders: InputFolders): (RecordInput | TableInput)[] {
  const { inputs, features } = chosen
  if (inputs === undefined) {
    return [{ name: undefined, from: features ?? [], table: tableOptions(chosen, features) }]
  }
  requireOneForm('features', 'inputs', features, Object.keys(inputs))
  return Object.entries(inputs).map(([name, each], place) => inputOf(name, place, each, folders))
}
