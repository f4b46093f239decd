import type { Plugin } from './plugin.ts'
import type { PluginKind, PluginProducts } from './products.ts'

declare const stood: unique symbol

/** A key of the container that carries the type of what it stands for. Its description is what errors show. */
export type Token<T> = symbol & { readonly [stood]: T }

/** A new token; two tokens of the same description are two tokens. */
export function token<T>(description: string): Token<T> {
  return Symbol(description) as Token<T>
}

/** A plugin in an experiment's container. */
export interface PluginEntry<K extends PluginKind = PluginKind> {
  readonly plugin: Plugin<K>
  /** The package or file that it comes from. */
  readonly owner: string
  /**
   * Makes the product.
   *
   * @param options checked by the plugin's schema, which fills defaults.
   * @param where names the options in errors: `experiment.model`.
   * @throws ConfigError for options that the schema refuses.
   */
  create(options: unknown, where: string): PluginProducts[K]
}

/** What all products of one experiment share. */
export interface ExperimentSettings {
  /** The experiment's seed. */
  readonly seed: number
  /** Absolute path of the folder that relative paths in options start from. */
  readonly folder: string
  /** Absolute path of the run folder, where there is one. */
  readonly runFolder?: string | undefined
}

/** What every container of an experiment holds besides plugins. */
export const settingsToken: Token<ExperimentSettings> = token('experiment settings')
