import type { Plugin, PluginKind, PluginProducts, Registry } from '@ashlar/plugins'
import type { ExampleOf } from './examples.ts'

/** A plugin on the bench: what a check has at hand. */
export interface Bench<K extends PluginKind> {
  readonly plugin: Plugin<K>
  readonly example: ExampleOf<K>
  /** All plugins that may be asked for. */
  readonly registry: Registry
  /** A folder for this check alone, absolute; relative paths in options start here. Removed afterwards. */
  readonly folder: string
  /** The product of the example's options with these on top. */
  create(options?: Readonly<Record<string, unknown>>): PluginProducts[K]
}

/** One thing that a plugin must keep. */
export interface Check<K extends PluginKind> {
  /** In words that follow the plugin's name: `gives what it declares`. */
  readonly name: string
  /** Throws unless it is kept. */
  run(bench: Bench<K>): void | Promise<void>
}
