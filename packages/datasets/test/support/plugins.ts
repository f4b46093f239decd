import type { Dataset, Plugin, PluginContext } from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'

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

/** A dataset by its plugin, its options checked as an experiment's are. */
export function createDataset(
  plugin: Plugin<'dataset'>,
  options: unknown = {},
  context: Partial<PluginContext> = {},
): Dataset {
  return plugin.create(plugin.options.parse(options), contextWith(context))
}
