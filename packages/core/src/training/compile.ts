import { ConfigError, unknownName } from '@ashlar/errors'
import type { Plugin, PluginContext, PluginKind, PluginProducts } from '@ashlar/plugins'
import { checkNames, findByName } from '@ashlar/plugins'
import { lossPlugins } from '../losses/index.ts'
import type { Loss } from '../losses/loss.ts'
import { metricPlugins } from '../metrics/index.ts'
import type { Metric } from '../metrics/metric.ts'
import { optimizerPlugins } from '../optimizers/index.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'

/** How to train: objects, or names for objects with default options. */
export interface CompileOptions {
  readonly optimizer: Optimizer | string
  readonly loss: Loss | string
  readonly metrics?: readonly (Metric | string)[] | undefined
}

const names: Readonly<Record<keyof CompileOptions, true>> = {
  optimizer: true,
  loss: true,
  metrics: true,
}

/** What `compile` made of its options, and what training remembers from one `fit` to the next. */
export interface Compiled {
  readonly optimizer: Optimizer
  /** As given, until samples tell what goes with them; see `settle`. */
  loss: Loss
  metrics: readonly Metric[]
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
 * @throws ConfigError for an unknown name or option, for a part that is missing, or two metrics of one name.
 */
export function compileTraining(options: CompileOptions): Compiled {
  checkNames('compile', options ?? {}, names)
  const given = options?.metrics ?? []
  if (!Array.isArray(given)) {
    throw new ConfigError({ where: 'compile', expected: '`metrics` must be a list', given })
  }
  const metrics = given.map((each: Metric | string) => resolve('metric', each, metricPlugins))
  const shown = ['loss', ...metrics.map(({ name }) => name)]
  const twice = shown.find((name, index) => shown.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new ConfigError({
      where: 'compile',
      expected: 'every metric must have a name of its own',
      given: twice,
    })
  }
  return {
    optimizer: resolve('optimizer', options?.optimizer, optimizerPlugins),
    loss: resolve('loss', options?.loss, lossPlugins),
    metrics,
    steps: 0,
    updates: 0,
    gathered: 0,
    slots: {},
  }
}

function resolve<K extends PluginKind>(
  kind: K,
  given: PluginProducts[K] | string | undefined,
  known: readonly Plugin<K>[],
): PluginProducts[K] {
  if (typeof given === 'object' && given !== null && 'name' in given) return given
  if (typeof given !== 'string') {
    throw new ConfigError({
      where: 'compile',
      expected: `${kind} must be a name, or an object made by one of Ashlar's factories`,
      given,
    })
  }
  const plugin = findByName(known, given)
  if (plugin === undefined) {
    const names = known.map(({ name }) => name)
    throw new ConfigError(unknownName('compile', kind, given, names))
  }
  return plugin.create(plugin.options.parse({}), noContext)
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
