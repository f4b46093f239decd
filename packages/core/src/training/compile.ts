import { ConfigError, unknownName } from '@ashlar/errors'
import { lossPlugins } from '../losses/index.ts'
import type { Loss } from '../losses/loss.ts'
import { metricPlugins } from '../metrics/index.ts'
import type { Metric } from '../metrics/metric.ts'
import { optimizerPlugins } from '../optimizers/index.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import type { PluginProducts } from '../plugins/kinds.ts'
import type { Plugin, PluginContext, PluginKind } from '../plugins/plugin.ts'

/** How to train: objects, or names for objects with default options. */
export interface CompileOptions {
  readonly optimizer: Optimizer | string
  readonly loss: Loss | string
  readonly metrics?: readonly (Metric | string)[] | undefined
}

/** What `compile` made of its options, and what training remembers from one `fit` to the next. */
export interface Compiled {
  readonly optimizer: Optimizer
  readonly loss: Loss
  readonly metrics: readonly Metric[]
  /** Batches that were trained on. */
  steps: number
  /** Updates that the optimizer has done: fewer than batches where gradients are accumulated. */
  updates: number
  /** Samples whose gradients wait for an update. */
  gathered: number
  /** The optimizer's slots by `slot/weight`; plain numbers, so that nothing but a running fit holds tensors for them. */
  slots: Readonly<Record<string, Float32Array>>
}

/**
 * Resolves names.
 *
 * @throws ConfigError for an unknown name, or two metrics of one name.
 */
export function compileTraining(options: CompileOptions): Compiled {
  const metrics = (options.metrics ?? []).map((each) => resolve('metric', each, metricPlugins))
  const names = ['loss', ...metrics.map(({ name }) => name)]
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new ConfigError({
      where: 'compile',
      expected: 'every metric must have a name of its own',
      given: twice,
    })
  }
  return {
    optimizer: resolve('optimizer', options.optimizer, optimizerPlugins),
    loss: resolve('loss', options.loss, lossPlugins),
    metrics,
    steps: 0,
    updates: 0,
    gathered: 0,
    slots: {},
  }
}

/** Names are compared without case and separators, so that Keras's spelling works: `sparse_categorical_crossentropy`. */
function resolve<K extends PluginKind>(
  kind: K,
  given: PluginProducts[K] | string,
  known: readonly Plugin<K>[],
): PluginProducts[K] {
  if (typeof given !== 'string') return given
  const plugin = known.find(({ name }) => plain(name) === plain(given))
  if (plugin === undefined) {
    const names = known.map(({ name }) => name)
    throw new ConfigError(unknownName('compile', kind, given, names))
  }
  return plugin.create(plugin.options.parse({}), noContext)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** Default options ask for no other plugin. */
const noContext: PluginContext = {
  factory(kind, name) {
    throw new ConfigError({
      where: 'compile',
      expected: `${kind} ${name} must be given as an object`,
    })
  },
  seed: 0,
  folder: '.',
}
