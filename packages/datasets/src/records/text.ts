import { resolve } from 'node:path'
import { type Dataset, type DatasetInfo, definePlugin, type Plugin } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { datasetCacheFolder } from '../files/cache-folder.ts'
import { ownDataShape } from '../splits/own-data.ts'
import type { DecodePlan } from '../streams/reader.ts'
import { filesOption, readingShape, recordShape } from '../streams/record-options.ts'
import { scanNow } from '../streams/scan-now.ts'
import { splitFiles } from '../streams/split-files.ts'
import { fileRows, planRecords } from '../streams/splits.ts'
import { streamedDataset } from '../streams/streamed-splits.ts'
import { tokenEncodingOf } from '../streams/tokenizer.ts'

const shape = {
  files: filesOption().describe(
    'Text files in UTF-8 to train on: paths, a folder, or names with * or {000..010}.',
  ),
  validationFiles: recordShape.validationFiles,
  testFiles: recordShape.testFiles,
  tokens: z.int().positive().max(1_000_000).describe('Tokens of a sample.'),
  stride: z
    .int()
    .positive()
    .optional()
    .describe(
      'Tokens from the start of one sample to that of the next; as many as a sample has when left out.',
    ),
  by: z
    .enum(['window', 'line'])
    .default('window')
    .describe(
      'What a sample is: a stretch of the text, whatever it holds (window), or a line, filled up where it is shorter (line): training goes in batches of lines of like lengths then, each cut to its longest.',
    ),
  ignoreIndex: recordShape.ignoreIndex.describe(
    'Of lines: the label of what fills up. Losses, metrics and reports follow it.',
  ),
  tokenizer: z
    .union([z.literal('bytes'), path('read')])
    .default('bytes')
    .describe(
      '`bytes`: each byte is a token. Or a tokenizer.json of Hugging Face, whose tokens are kept in the cache folder.',
    ),
  threads: readingShape.threads,
  ...ownDataShape,
}
const options = z.strictObject(shape)

/** Stretches or lines of text for a language model: inputs `[tokens]`, and as labels `[tokens]` the token that follows each of them. Classes are the vocabulary. */
export const text: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'text',
  description:
    'Stretches or lines of text files for a language model, by bytes or a tokenizer.json.',
  options,
  create(chosen, context): Dataset {
    const { files, splits } = splitFiles(chosen, context.folder, ['.txt', '.md', '.text'])
    const { tokens, stride = tokens, by, ignoreIndex } = chosen
    if (by === 'line' && chosen.stride !== undefined) {
      throw new ConfigError({
        where: 'text.stride',
        expected: 'must be left out where each line is a sample',
        given: chosen.stride,
      })
    }
    const tokenizer =
      chosen.tokenizer === 'bytes' ? undefined : resolve(context.folder, chosen.tokenizer)
    const cache = datasetCacheFolder('text')
    const scanned = scanNow({
      files,
      columns: [],
      ...(by === 'line'
        ? { kind: 'textLines', options: { tokenizer } }
        : { kind: 'text', options: { tokens, stride, tokenizer, cache } }),
    })
    const vocabulary = scanned.facts!.vocabulary as readonly string[]
    const info: DatasetInfo = {
      name: 'text',
      inputShape: [tokens],
      labelShape: [tokens],
      inputDtype: 'float32',
      inputRange: [0, vocabulary.length - 1],
      classes: vocabulary,
      ...(by === 'line' && { ignoreIndex }),
      tokens: tokenEncodingOf(tokenizer),
      licence: chosen.licence,
      source: [chosen.files].flat().join(', '),
    }
    return streamedDataset(info, {
      scanned,
      ...(by === 'line'
        ? {
            decode: { kind: 'line', length: tokens, tokenizer, ignoreIndex } as DecodePlan,
            // The last token of a line is a label alone.
            lengths: Uint32Array.from(scanned.columns.lengths!.numbers!, (count) =>
              Math.min(count - 1, tokens),
            ),
          }
        : { decode: { kind: 'window', length: tokens } as DecodePlan }),
      labels: [],
      labelDtypes: new Map([[undefined, 'int32']]),
      chosen: { ...chosen, sampling: 'each' },
      plan: () =>
        planRecords(
          {
            dataset: 'text',
            files: fileRows(scanned.perFile, splits),
          },
          chosen,
          context.seed,
        ),
    })
  },
})
