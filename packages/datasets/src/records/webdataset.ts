import { type Dataset, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { recordDataset } from '../streams/record-dataset.ts'
import { type RecordShape, recordShape } from '../streams/record-options.ts'

const options: z.ZodObject<RecordShape, z.core.$strict> = z.strictObject({ ...recordShape })

/**
 * Tar shards in the layout of WebDataset: files of a sample follow one another and have one name up to the first dot. A field is the rest of the name (`jpg`, `cls`, `txt`), or a field of
 * a JSON file (`json.label`). Shards that are not packed are read at any place; of those packed by gzip each is unpacked as a whole.
 */
export const webdataset: Plugin<'dataset', typeof options> = definePlugin({
  kind: 'dataset',
  name: 'webdataset',
  description: 'Tar shards in the layout of WebDataset.',
  options,
  create: (chosen, context): Dataset =>
    recordDataset(
      { name: 'webdataset', scan: 'webdataset', endings: ['.tar', '.tar.gz', '.tgz'] },
      chosen,
      context,
    ),
})
