import {
  type Dataset,
  type DatasetSplits,
  inMemory,
  type LoadDataOptions,
  type Plugin,
  type PluginContext,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import type { ArraySplits } from '../../src/splits/build.ts'

/** A context for datasets, which ask for no other plugin. */
export function contextWith(changes: Partial<PluginContext> = {}): PluginContext {
  return {
    seed: 1,
    folder: process.cwd(),
    factory(kind, name) {
      throw new ConfigError({ where: 'test', expected: `no ${kind} is there, asked for ${name}` })
    },
    ...changes,
  }
}

/** A dataset whose samples lie in memory. */
export interface ArrayDataset extends Dataset {
  load(options?: LoadDataOptions): Promise<ArraySplits>
}

/** A dataset in memory by its plugin, its options checked as an experiment's are. */
export function createDataset(
  plugin: Plugin<'dataset'>,
  options: unknown = {},
  context: Partial<PluginContext> = {},
): ArrayDataset {
  const dataset = createAnyDataset(plugin, options, context)
  return {
    info: dataset.info,
    load: async (how) => arraysOf(await dataset.load(how)),
  }
}

/** Splits that lie in memory, as they are. */
export function arraysOf(splits: DatasetSplits): ArraySplits {
  for (const part of [splits.train, splits.test, splits.validation]) part && inMemory(part)
  return splits as ArraySplits
}

/** A dataset by its plugin, its options checked as an experiment's are. */
export function createAnyDataset(
  plugin: Plugin<'dataset'>,
  options: unknown = {},
  context: Partial<PluginContext> = {},
): Dataset {
  return plugin.create(plugin.options.parse(options), contextWith(context))
}
