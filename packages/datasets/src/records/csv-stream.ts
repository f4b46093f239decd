import {
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type Plugin,
  type TableEncoding,
} from '@ashlar/core'
import { widthOfEncoding } from '@ashlar/core/encoding'
import { ConfigError } from '@ashlar/errors'
import { z } from 'zod'
import { ownDataShape } from '../splits/own-data.ts'
import { labelsOf, splitFiles, weightsOf } from '../streams/record-dataset.ts'
import { filesOption, readingShape, recordShape } from '../streams/record-options.ts'
import { scanNow } from '../streams/scan-now.ts'
import type { CsvFacts } from '../streams/scans/csv.ts'
import { fileRows, planRecords } from '../streams/splits.ts'
import { streamedDataset } from '../streams/streamed-splits.ts'

const shape = {
  files: filesOption().describe(
    'Tables to train on, whose first rows name the same columns: paths, a folder, or names with * for any characters or {000..010} for a range.',
  ),
  validationFiles: recordShape.validationFiles,
  testFiles: recordShape.testFiles,
  splitBy: recordShape.splitBy,
  groupBy: recordShape.groupBy,
  weight: recordShape.weight,
  target: z.string().min(1).describe('The column to predict.'),
  task: z
    .enum(['classification', 'regression'])
    .describe('Whether the target is a class (numbers are names then, too) or a number.'),
  classes: recordShape.classes,
  features: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('The columns to predict from; all but those that are named otherwise when left out.'),
  categorical: z
    .array(z.string())
    .default([])
    .describe('Those features that are categories: each becomes one number per category, 0 or 1.'),
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
  ...readingShape,
  ...ownDataShape,
}
const options = z.strictObject(shape)

/** Tables larger than memory: float inputs `[features]`, and a class or a number as label. What is fitted to columns is fitted to the training samples, in a second pass over the files. */
export const csvStream: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'csv-stream',
  description: 'CSV tables larger than memory, read while training.',
  options,
  create(chosen, context): Dataset {
    const { files, splits } = splitFiles(chosen, context.folder, ['.csv', '.tsv', '.csv.gz'])
    const { target, task, splitBy, groupBy, weight, categorical, delimiter, rounding } = chosen
    const named = new Map<string, boolean>([[target, task === 'regression']])
    for (const field of [splitBy, groupBy]) if (field !== undefined) named.set(field, false)
    if (weight !== undefined) named.set(weight, true)
    const columns = [...named].map(([field, asNumbers]) => ({ field, asNumbers }))
    const scan = { kind: 'csv', files, options: { delimiter } }
    const scanned = scanNow({ ...scan, columns })
    const { header } = scanned.facts as unknown as CsvFacts
    const features = chosen.features ?? header.filter((name) => !named.has(name))
    const stray = categorical.find((name) => !features.includes(name))
    if (stray !== undefined || features.includes(target) || features.length === 0) {
      throw new ConfigError({
        where: stray === undefined ? 'csv-stream.features' : 'csv-stream.categorical',
        expected:
          stray === undefined ? 'must name columns, and not the target' : 'must name features only',
        given: stray ?? features,
      })
    }
    const plan = () =>
      planRecords(
        {
          dataset: 'csv-stream',
          files: fileRows(scanned.perFile, splits),
          column: splitBy === undefined ? undefined : scanned.columns[splitBy],
          groups: groupBy === undefined ? undefined : scanned.columns[groupBy],
        },
        chosen,
        context.seed,
      )
    const trained = new Uint8Array(new SharedArrayBuffer(scanned.length))
    for (const row of plan().train) trained[row] = 1
    const numbers = features.filter((name) => !categorical.includes(name))
    const second = scanNow({
      ...scan,
      columns: [],
      options: { delimiter, rounding, numbers, categories: categorical, trained },
    })
    const fitted = second.facts as unknown as CsvFacts
    const encoding: TableEncoding = {
      kind: 'table',
      delimiter,
      columns: features.map((name) =>
        categorical.includes(name)
          ? { kind: 'category', name, categories: fitted.categories[name]!, unseen: chosen.unseen }
          : { kind: 'number', name, ...(chosen.standardize && fitted.numbers[name]) },
      ),
    }
    const { labels, classes } = labelsOf(scanned.columns[target]!, chosen, undefined, files[0]!)
    const info: DatasetInfo = {
      name: 'csv-stream',
      inputShape: [widthOfEncoding(encoding)],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      classes,
      ...(task === 'regression' && { targets: [target] }),
      input: encoding,
      licence: chosen.licence,
      source: [chosen.files].flat().join(', '),
    }
    return streamedDataset(info, {
      scanned,
      decode: { kind: 'cells', encoding, rounding } as { readonly kind: string },
      labels: [{ name: undefined, data: labels, size: 1 }],
      weights:
        weight === undefined ? undefined : weightsOf(scanned.columns[weight]!, weight, files[0]!),
      chosen,
      plan,
    })
  },
})
