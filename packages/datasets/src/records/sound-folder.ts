import { type Dataset, type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { listClasses } from '../images/list-images.ts'
import { ownDataShape } from '../splits/own-data.ts'
import { cacheShape, readingShape, recordShape } from '../streams/record-options.ts'
import { scanNow } from '../streams/scan-now.ts'
import { fileRows, planRecords } from '../streams/splits.ts'
import { streamedDataset } from '../streams/streamed-splits.ts'
import { classIndices } from '../tables/encode.ts'
import { classFolders, pathsOf } from './class-folders.ts'

const options = z.strictObject({
  folder: path('read').describe(
    'Folder with a sub folder of WAV files for each class. Or one with `train`, `validation` (`val`) and `test`, which are such folders.',
  ),
  validationFolder: path('read').optional().describe('Another such folder, to validate with.'),
  test: path('read')
    .optional()
    .describe('Another such folder, to test with; without it, `testPart` is held out.'),
  length: z.int().positive().describe('Numbers of a sample: cut off, or filled by silence.'),
  rate: recordShape.rate,
  channels: z
    .int()
    .positive()
    .max(8)
    .default(1)
    .describe('Channels that every file must have; 1 takes the mean of all.'),
  ...cacheShape,
  ...readingShape,
  ...ownDataShape,
})

/** Sounds in folders, `[length, channels]` numbers from -1 to 1; the name of a file's folder is its class. */
export const soundFolder: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'sound-folder',
  description: 'WAV files in one folder per class, read while training.',
  options,
  create(chosen, context): Dataset {
    const { length, rate, channels } = chosen
    const { folders: files, splits } = classFolders(pathsOf(chosen, context.folder))
    const classes = listClasses(files[0]!)
    const info: DatasetInfo = {
      name: 'sound-folder',
      inputShape: [length, channels],
      labelShape: [],
      inputDtype: 'float32',
      inputRange: [-1, 1],
      classes,
      licence: chosen.licence,
      source: files.join(', '),
    }
    const scanned = scanNow({
      kind: 'files',
      files,
      columns: [],
      options: { classes, endings: ['.wav'] },
    })
    const { codes } = scanned.columns.label!
    return streamedDataset(info, {
      scanned,
      decode: { kind: 'sound', length, channels, rate } as { readonly kind: string },
      labels: [
        {
          name: undefined,
          data: classIndices(codes, classes.length),
          size: 1,
        },
      ],
      chosen,
      plan: () =>
        planRecords(
          { dataset: info.name, files: fileRows(scanned.perFile, splits) },
          chosen,
          context.seed,
        ),
    })
  },
})
