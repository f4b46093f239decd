import { type Dataset, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'
import { recordDataset } from '../streams/record-dataset.ts'
import { type RecordShape, recordShape } from '../streams/record-options.ts'

const options: z.ZodObject<RecordShape, z.core.$strict> = z.strictObject({ ...recordShape })

/**
 * Lines of JSON, one object each; read line by line by threads. A text that is the path of a picture is looked for in the folder of its own file, as Hugging Face's `metadata.jsonl` has
 * it.
 */
export const jsonLines: Plugin<'dataset', typeof options> = definePlugin({
  kind: 'dataset',
  name: 'json-lines',
  description: 'Files with a JSON object in each line (JSONL), read while training.',
  options,
  create: (chosen, context): Dataset =>
    recordDataset(
      {
        name: 'json-lines',
        scan: 'lines',
        namesFiles: true,
        endings: ['.jsonl', '.ndjson', '.jsonl.gz', '.ndjson.gz'],
      },
      chosen,
      context,
    ),
})
