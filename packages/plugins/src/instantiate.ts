import { openContainer } from './container.ts'
import type { Plugin } from './plugin.ts'
import type { PluginKind, PluginProducts } from './products.ts'
import { Registry } from './registry.ts'
import type { ExperimentSettings } from './tokens.ts'

/**
 * Makes a plugin's product outside of an experiment.
 *
 * @param options as an experiment gives them; checked, defaults filled in.
 * @param settings seed 0 and the working folder by default.
 * @throws ConfigError for options that the plugin refuses.
 * @example const { train, test } = await loadSamples(instantiate(mnist, { limit: 4000 }))
 */
export function instantiate<K extends PluginKind>(
  plugin: Plugin<K>,
  options: Readonly<Record<string, unknown>> = {},
  settings: Partial<ExperimentSettings> = {},
): PluginProducts[K] {
  const registry = new Registry().register([plugin as Plugin], plugin.name)
  const container = openContainer(registry, { seed: 0, folder: process.cwd(), ...settings })
  return container.create(plugin.kind, { ...options, name: plugin.name }, plugin.name)
}
