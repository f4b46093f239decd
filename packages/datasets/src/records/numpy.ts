import { resolve } from 'node:path'
import { type Dataset, type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { ownDataShape } from '../splits/own-data.ts'
import { unpackNpz } from '../streams/npz.ts'
import { labelsOf } from '../streams/record-dataset.ts'
import { readingShape } from '../streams/record-options.ts'
import { scanNow } from '../streams/scan-now.ts'
import { fileRows, planRecords } from '../streams/splits.ts'
import { streamedDataset } from '../streams/streamed-splits.ts'
import { classIndices } from '../tables/encode.ts'

const shape = {
  file: path('read')
    .optional()
    .describe(
      'A .npz file; `inputs` and `labels` are names of arrays in it then. Its arrays are unpacked into the cache folder.',
    ),
  inputs: path('read').describe(
    'Samples to train on: a .npy file, or the name of an array of `file`.',
  ),
  labels: path('read').describe('Their labels, one number each.'),
  testInputs: path('read')
    .optional()
    .describe('Samples to test with; without them, `testPart` is held out.'),
  testLabels: path('read').optional().describe('Their labels.'),
  task: z
    .enum(['classification', 'regression'])
    .describe('Whether labels are classes or numbers to come near to.'),
  classes: z
    .array(z.string().min(1))
    .min(2)
    .optional()
    .describe('What the classes are called, in the order of their numbers.'),
  ...readingShape,
  ...ownDataShape,
}
const options = z.strictObject(shape)

/** Arrays of NumPy, read while training: `uint8` stays bytes, everything else becomes float32. */
export const numpy: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'numpy',
  description: 'Arrays in .npy and .npz files of NumPy, read while training.',
  options,
  create(chosen, context): Dataset {
    const { file, task } = chosen
    if ((chosen.testInputs === undefined) !== (chosen.testLabels === undefined)) {
      throw new ConfigError({
        where: 'numpy',
        expected: '`testInputs` and `testLabels` must be given together',
      })
    }
    const names = [chosen.inputs, chosen.labels, chosen.testInputs, chosen.testLabels]
    const unpacked =
      file === undefined
        ? undefined
        : unpackNpz(
            resolve(context.folder, file),
            datasetCacheFolder('numpy'),
            names.filter((name) => name !== undefined),
          )
    const pathOf = (name: string) => unpacked?.get(name) ?? resolve(context.folder, name)
    const given = (all: readonly (string | undefined)[]) =>
      all.flatMap((name) => (name === undefined ? [] : [pathOf(name)]))
    const scanned = scanNow({
      kind: 'numpy',
      files: given([chosen.inputs, chosen.testInputs]),
      columns: [],
      options: { labels: given([chosen.labels, chosen.testLabels]) },
    })
    const { shape: inputShape, type } = scanned.facts as { shape: number[]; type: string }
    const column = scanned.columns.label!
    const numbers = column.numbers!
    const isWhole = numbers.every((each) => Number.isInteger(each) && each >= 0)
    if (task === 'classification' && !isWhole) {
      throw new ConfigError({
        where: pathOf(chosen.labels),
        expected: 'labels of a classification must be whole numbers from 0 on',
        given: numbers.find((each) => !Number.isInteger(each) || each < 0),
      })
    }
    const count = numbers.reduce((most, each) => Math.max(most, each + 1), 0)
    const byNumber = Array.from({ length: Math.max(count, chosen.classes?.length ?? 0) }, (_, at) =>
      String(at),
    )
    const { labels, classes } =
      task === 'regression'
        ? labelsOf(
            column,
            { task, target: 'labels', classes: undefined },
            undefined,
            pathOf(chosen.labels),
          )
        : {
            labels: classIndices(numbers, byNumber.length),
            classes: chosen.classes ?? byNumber,
          }
    if (task === 'classification' && classes.length < byNumber.length) {
      throw new ConfigError({
        where: 'numpy.classes',
        expected: `must name each of the ${byNumber.length} classes of the labels`,
        given: classes,
      })
    }
    const isBytes = type === 'u1'
    const info: DatasetInfo = {
      name: 'numpy',
      inputShape,
      labelShape: [],
      inputDtype: isBytes ? 'uint8' : 'float32',
      inputRange: isBytes ? [0, 255] : [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
      classes,
      licence: chosen.licence,
      source: file ?? chosen.inputs,
    }
    const size = inputShape.reduce((product, dim) => product * dim, 1)
    return streamedDataset(info, {
      scanned,
      decode: { kind: 'numbers', size } as { readonly kind: string },
      labels: [{ name: undefined, data: labels, size: 1 }],
      chosen,
      plan: () =>
        planRecords({ dataset: 'numpy', files: fileRows(scanned.perFile) }, chosen, context.seed),
    })
  },
})
