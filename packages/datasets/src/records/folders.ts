import { resolve } from 'node:path'
import { type Dataset, definePlugin, type Plugin } from '@ashlar/core'
import { ConfigError, unknownName } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import type { SplitName } from '../splits/split-names.ts'
import { datasetOfRecords } from '../streams/record-dataset.ts'
import { inputsOf } from '../streams/record-inputs.ts'
import { fieldName, recordShape } from '../streams/record-options.ts'
import { fieldsOfOutput, outputsOf } from '../streams/record-outputs.ts'

const fields = () => z.record(fieldName(), path('read'))

const shape = {
  folders: fields().describe(
    'A folder for each field of a sample, such as `{ image: images, mask: masks }`: files of one name, up to their ending, are one sample. Folders within are gone through.',
  ),
  validationFolders: fields().optional().describe('Such folders to validate with.'),
  testFolders: fields()
    .optional()
    .describe('Such folders to test with; without them, `testPart` is held out.'),
  suffixes: z
    .record(z.string(), z.string().min(1))
    .default({})
    .describe(
      'What the names of a field have besides, before their ending: `{ mask: _mask }` for `1.jpg` and `1_mask.png`.',
    ),
  unmatched: z
    .enum(['refuse', 'skip'])
    .default('refuse')
    .describe(
      'Files that have no partner in another folder: an error (refuse), or left out and listed (skip).',
    ),
  ...z
    .object(recordShape)
    .omit({ files: true, validationFiles: true, testFiles: true, splitBy: true, buffer: true })
    .shape,
}
const options = z.strictObject(shape)

/** Folders whose files go side by side: pictures and their masks, two pictures, a sound and its text. Each field is what `as` or `task` says; `meta.label` is a field of JSON files in the folder `meta`. */
export const folders: Plugin<'dataset'> = definePlugin({
  kind: 'dataset',
  name: 'folders',
  description: 'Folders whose files go side by side by their names, such as pictures and masks.',
  options,
  create(chosen, context): Dataset {
    const names = Object.keys(chosen.folders)
    requireNames('suffixes', Object.keys(chosen.suffixes), names)
    const splits: SplitName[] = ['train']
    const all = [chosen.folders]
    for (const [split, option] of [
      ['validation', 'validationFolders'],
      ['test', 'testFolders'],
    ] as const) {
      const own = chosen[option]
      if (own === undefined) continue
      requireNames(option, Object.keys(own), names)
      requireNames(option, names, Object.keys(own))
      splits.push(split)
      all.push(own)
    }
    const roots = all.flatMap((own) => names.map((name) => resolve(context.folder, own[name]!)))
    const dataFolder = roots[0]!
    const inputs = inputsOf(chosen, { dataFolder, folder: context.folder })
    const outputs = outputsOf(chosen)
    const used = [...inputs.flatMap(({ from }) => from), ...outputs.flatMap(fieldsOfOutput)]
    for (const field of [...used, chosen.weight, chosen.groupBy]) {
      if (field !== undefined) requireNames('folders', [field.split('.')[0]!], names)
    }
    return datasetOfRecords({
      ...{ name: 'folders', scan: 'folders', chosen, dataFolder, inputs, outputs, splits },
      files: roots,
      options: {
        ...{ fields: names, roots, suffixes: chosen.suffixes, unmatched: chosen.unmatched },
      },
      source: Object.values(chosen.folders).join(', '),
      seed: context.seed,
    })
  },
})

/** @throws ConfigError for a field that has no folder. */
function requireNames(option: string, given: readonly string[], known: readonly string[]): void {
  const stray = given.find((name) => !known.includes(name))
  if (stray === undefined) return
  throw new ConfigError(unknownName(`folders.${option}`, 'field', stray, known))
}
