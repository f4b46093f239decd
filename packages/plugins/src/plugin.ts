import type { z } from 'zod'
import type { PluginKind, PluginProducts } from './products.ts'

/** What a plugin's `create` can ask for while it builds its product. */
export interface PluginContext {
  /**
   * A factory of another plugin's product, found in the experiment's container.
   * Unknown names and bad options are errors that show the known ones.
   *
   * @param option the own option that names the plugin, for those errors: `experiment.optimizer.learningRate`.
   * @example const identity = context.factory('block', 'identity'); identity({ filters: 64, kernelSize: 3 })
   */
  factory<K extends PluginKind>(
    kind: K,
    name: string,
    option?: string,
  ): (options?: unknown) => PluginProducts[K]
  /** The experiment's seed: whatever is random in a product is derived from it. */
  readonly seed: number
  /** The folder that relative paths in options are resolved against (where the experiment file lies). */
  readonly folder: string
  /** Where a callback may write: the run folder, absolute; undefined outside of a run. */
  readonly runFolder?: string | undefined
}

/** A named, documented factory: the one way to add a model, a loss, a dataset, or whatever kinds there are. */
export interface Plugin<
  K extends PluginKind = PluginKind,
  Schema extends z.ZodObject = z.ZodObject,
> {
  readonly kind: K
  /** Unique within its kind, lower case with dashes: `mini-resnet`. */
  readonly name: string
  /** Other names that it goes by, such as those of Keras: `mse`. Case and separators never count. */
  readonly aliases?: readonly string[] | undefined
  /** One sentence for `ashlar plugins`. */
  readonly description: string
  /** A strict zod object: types, ranges, defaults, and a `.describe()` on every key. */
  readonly options: Schema
  create(options: z.output<Schema>, context: PluginContext): PluginProducts[K]
}

/** Gives a plugin literal its types; returns it unchanged. */
export function definePlugin<K extends PluginKind, Schema extends z.ZodObject>(
  plugin: Plugin<K, Schema>,
): Plugin<K, Schema> {
  return plugin
}
