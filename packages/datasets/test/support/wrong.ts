import { join } from 'node:path'
import type { Dataset, Plugin } from '@ashlar/core'
import { refusal } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { createAnyDataset } from './plugins.ts'
import { listed, partsOf } from './streams.ts'

/** Reads every sample; returns what is wrong, which must name the file and be no longer than three lines. */
export async function wrong(
  plugin: Plugin<'dataset'>,
  options: object,
  folder: string,
  file: string,
): Promise<string> {
  const message = await refusal(() => readAll(createAnyDataset(plugin, options, { folder })))
  assert.ok(message.includes(join(folder, file)), `${message} must name ${file}`)
  assert.ok(message.split('\n').length <= 3, message)
  return message.replaceAll(`${folder}/`, '')
}

/** Reads every sample of every split. */
export async function readAll(dataset: Dataset): Promise<void> {
  for (const split of partsOf(await dataset.load())) await listed(split, dataset)
}
