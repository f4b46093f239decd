import { ConfigError, unknownName } from '@ashlar/errors'
import type { Plugin, PluginContext, PluginKind, PluginProducts } from '@ashlar/plugins'
import { checkNames, findByName } from '@ashlar/plugins'
import { lossPlugins } from '../losses/index.ts'
import type { Loss, Reading } from '../losses/loss.ts'
import { metricPlugins } from '../metrics/index.ts'
import type { Metric } from '../metrics/metric.ts'
import { optimizerPlugins } from '../optimizers/index.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'

/** How to train: objects, or names for objects with default options. */
export interface CompileOptions {
  /** One; or several by name, for a model with a `trainStep` of its own. */
  readonly optimizer: Optimizer | string | Readonly<Record<string, Optimizer | string>>
  /** One, or one for each output by its name: `{ class: 'sparse-categorical-crossentropy', box: 'huber' }`. */
  readonly loss?: Loss | string | Readonly<Record<string, Loss | string>> | undefined
  /** What the loss of each output counts in the whole, by its name; 1 by default. */
  readonly lossWeights?: Readonly<Record<string, number>> | undefined
  /** A list, or one for each output by its name. */
  readonly metrics?: MetricList | Readonly<Record<string, MetricList>> | undefined
}

type MetricList = readonly (Metric | string)[]

const names: Readonly<Record<keyof CompileOptions, true>> = {
  optimizer: true,
  loss: true,
  lossWeights: true,
  metrics: true,
}

/** An output of a model, and what it is trained and measured by. */
export interface OutputHead {
  /** Undefined for the only output of a model that does not name it. */
  readonly name: string | undefined
  readonly loss: Loss
  /** What the loss counts in the whole. */
  readonly weight: number
  readonly metrics: readonly Metric[]
  /** The label of places that do not count, where the data says so and the loss goes by it. */
  readonly ignoreIndex?: number | undefined
}

/** How a head reads labels and outputs: what its loss says, and what the data says of its labels. */
export function readingOfHead({ loss, ignoreIndex }: OutputHead): Reading {
  const { labels, fromLogits, ignoreIndex: own = ignoreIndex } = loss
  return { labels, fromLogits, ...(own !== undefined && { ignoreIndex: own }) }
}

/** What a number of an output is called in logs: `accuracy`, `class_accuracy`. */
export function numberName(output: string | undefined, name: string): string {
  return output === undefined ? name : `${output}_${name}`
}

/** Names of all numbers that heads give besides the loss of the whole, in the order in which they are shown. */
export function numberNames(heads: readonly OutputHead[]): string[] {
  const losses = heads.flatMap(({ name }) => (name === undefined ? [] : numberName(name, 'loss')))
  const metrics = heads.flatMap(({ name, metrics }) =>
    metrics.map((metric) => numberName(name, metric.name)),
  )
  return [...losses, ...metrics]
}

/** What `compile` made of its options, and what training remembers from one `fit` to the next. */
export interface Compiled {
  /** The first, where there are several. */
  readonly optimizer: Optimizer
  /** By name; undefined where there is one without. */
  readonly optimizers?: Readonly<Record<string, Optimizer>> | undefined
  /** The outputs with their losses and metrics, as given, until samples tell what goes with them; see `settle`. */
  heads: readonly OutputHead[]
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
export function compileTraining(options: CompileOptions, hasStep = false): Compiled {
  checkNames('compile', options ?? {}, names)
  // A step of its own may need no loss.
  const heads = hasStep && options?.loss === undefined ? [] : headsOf(options ?? {})
  const optimizers = optimizersOf(options?.optimizer, hasStep)
  const shown = ['loss', ...numberNames(heads)]
  const twice = shown.find((name, index) => shown.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new ConfigError({
      where: 'compile',
      expected: 'every metric must have a name of its own',
      given: twice,
    })
  }
  return {
    optimizer: Object.values(optimizers)[0]!,
    ...(isSeveral(options?.optimizer) && { optimizers }),
    heads,
    steps: 0,
    updates: 0,
    gathered: 0,
    slots: {},
  }
}

function isSeveral(
  given: CompileOptions['optimizer'] | undefined,
): given is Readonly<Record<string, Optimizer | string>> {
  return typeof given === 'object' && given !== null && !('step' in given && 'slots' in given)
}

function optimizersOf(
  given: CompileOptions['optimizer'] | undefined,
  hasStep: boolean,
): Record<string, Optimizer> {
  if (!isSeveral(given)) return { optimizer: resolve('optimizer', given, optimizerPlugins) }
  const names = Object.keys(given)
  if (!hasStep || names.length === 0) {
    throw new ConfigError({
      where: 'compile',
      expected: 'several optimizers are for a model with a `trainStep` of its own',
      given: names,
    })
  }
  return Object.fromEntries(
    names.map((name) => [name, resolve('optimizer', given[name], optimizerPlugins)]),
  )
}

function headsOf({ loss, lossWeights, metrics = [] }: Partial<CompileOptions>): OutputHead[] {
  const list = (given: unknown): Metric[] => {
    if (Array.isArray(given)) return given.map((each) => resolve('metric', each, metricPlugins))
    throw new ConfigError({ where: 'compile', expected: '`metrics` must be a list', given })
  }
  if (!isByOutput(loss)) {
    if (lossWeights !== undefined) {
      throw new ConfigError({
        where: 'compile',
        expected: '`lossWeights` go with a loss for each output: loss: { class: ..., box: ... }',
        given: lossWeights,
      })
    }
    const only = resolve('loss', loss as Loss | string, lossPlugins)
    return [{ name: undefined, loss: only, weight: 1, metrics: list(metrics) }]
  }
  const names = Object.keys(loss)
  const ofOutputs = Array.isArray(metrics) && metrics.length === 0 ? {} : metrics
  if (Array.isArray(ofOutputs) || typeof ofOutputs !== 'object' || ofOutputs === null) {
    throw new ConfigError({
      where: 'compile',
      expected: `\`metrics\` must be by output as losses are: { ${names[0]}: [...] }`,
      given: metrics,
    })
  }
  for (const [argument, given] of Object.entries({
    lossWeights: lossWeights ?? {},
    metrics: ofOutputs,
  })) {
    const stranger = Object.keys(given).find((name) => !Object.hasOwn(loss, name))
    if (stranger !== undefined) {
      throw new ConfigError(unknownName('compile', `output in ${argument}`, stranger, names))
    }
  }
  return names.map((name) => ({
    name,
    loss: resolve('loss', loss[name], lossPlugins),
    weight: weightOf(name, lossWeights?.[name] ?? 1),
    metrics: list((ofOutputs as Readonly<Record<string, MetricList>>)[name] ?? []),
  }))
}

function weightOf(output: string, given: number): number {
  if (Number.isFinite(given) && given >= 0) return given
  throw new ConfigError({
    where: 'compile',
    expected: `the loss weight of ${output} must be a number from 0 on`,
    given,
  })
}

/** A loss is an object with a function `perSample`; losses by output are any other object that has something in it. */
function isByOutput(
  loss: CompileOptions['loss'] | undefined,
): loss is Readonly<Record<string, Loss | string>> {
  return (
    typeof loss === 'object' &&
    loss !== null &&
    !Array.isArray(loss) &&
    !('perSample' in loss && typeof loss.perSample === 'function') &&
    Object.keys(loss).length > 0
  )
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
