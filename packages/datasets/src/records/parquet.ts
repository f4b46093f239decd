import { type Dataset, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { recordDataset } from '../streams/record-dataset.ts'
import { type RecordShape, recordShape } from '../streams/record-options.ts'

const options: z.ZodObject<RecordShape, z.core.$strict> = z.strictObject({ ...recordShape })

/**
 * Parquet files, such as those of Hugging Face's datasets: pictures and sounds as `{ bytes, path }`, and the names of classes as the file has them. A row group is read as a whole, so row
 * groups come in a mixed order and `buffer` samples are mixed at a time.
 */
export const parquet: Plugin<'dataset', typeof options> = definePlugin({
  kind: 'dataset',
  name: 'parquet',
  description: "Parquet files, with pictures and class names as Hugging Face's datasets have them.",
  options,
  create: (chosen, context): Dataset =>
    recordDataset(
      {
        name: 'parquet',
        scan: 'parquet',
        endings: ['.parquet'],
        namesFiles: true,
        options: ({ buffer }) => ({ buffer }),
      },
      chosen,
      context,
    ),
})
