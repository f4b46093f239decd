import { resolve } from 'node:path'
import { ConfigError, closest } from '@ashlar/errors'
import type { PluginKind, Registry } from '@ashlar/plugins'
import {
  check,
  type Data,
  type DataMap,
  deepFreeze,
  isDataMap,
  plainCopy,
  type Reference,
  type ReferenceInput,
  resolveReference,
} from '@ashlar/plugins'
import { type EnvironmentAccess, interpolate } from '../config/interpolate.ts'
import { applyOverrides } from '../config/overrides.ts'
import {
  type CheckedExperiment,
  defaultPlugins,
  type Experiment,
  experimentSchema,
  isReference,
} from '../config/schema.ts'
import { loadPlugins } from '../plugins/load-plugins.ts'
import { type Asked, actionsOf, foreignModules, startOf } from '../trust/actions.ts'
import type { Origin } from '../trust/origin.ts'
import { ownData } from '../trust/own-data.ts'
import { requireTrust } from '../trust/require-trust.ts'

/** How an experiment is read. */
export interface ResolveOptions {
  /** The plugins at hand. The experiment's own are added to a copy. */
  readonly registry: Registry
  /** `key=value`, each put in before anything is checked. */
  readonly overrides?: readonly string[] | undefined
  /** The experiment's name, if it does not say one. */
  readonly name?: string | undefined
  /** Where relative paths start if it does not say; the working folder by default. */
  readonly folder?: string | undefined
  /** What `${env:NAME}` may read. Left out, nothing is replaced: what a run stored is data. */
  readonly environment?: EnvironmentAccess | undefined
  /** Where it comes from, if it is not the user's own: then it does nothing beyond its folder. Overrides are always the user's. */
  readonly origin?: Origin | undefined
  /** With an origin: the part of it that is the user's all the same. */
  readonly own?: DataMap | undefined
  /** With an origin: the keys of it that are used; all by default. */
  readonly parts?: readonly string[] | undefined
  /**
   * With an origin: whether it is only looked at. Then nothing is refused for what it would do, but for links that lead out of its folder, and nothing can
   * be built of it.
   */
  readonly look?: boolean | undefined
}

/** An experiment and the plugins that it may name. */
export interface ResolvedExperiment {
  readonly experiment: Experiment
  readonly registry: Registry
  /** Where it comes from, if it is not the user's own. */
  readonly origin?: Origin | undefined
  /** What it would do beyond its folder, of an experiment that is only looked at. Plugins that are not there are left as it names them. */
  readonly asked?: Asked | undefined
}

/**
 * Checks an experiment and fills its defaults. Loads the plugins that it lists; makes no products.
 *
 * The result is data that gives itself when it is resolved again.
 *
 * @throws ConfigError for anything that cannot be used, and for an experiment of another's that would do more than stay in its folder; then
 *   nothing of that is done.
 */
export async function resolveExperiment(
  input: unknown,
  options: ResolveOptions,
): Promise<ResolvedExperiment> {
  const { data, folder: said } = readExperiment(input, options)
  const registry = options.registry.copy()
  const { folder, asked } = await admit(data, said, registry, options)

  const reference = (kind: PluginKind, given: ReferenceInput, key: string): Reference => {
    try {
      return resolveReference(registry, kind, given, `experiment.${key}`)
    } catch (error) {
      // What is only looked at may name plugins that nobody here has, be it in another's options.
      if (asked === undefined) throw error
      return asReference(given)
    }
  }
  const oneOrSeveral = (
    kind: 'loss' | 'optimizer',
    given: ReferenceInput | Readonly<Record<string, ReferenceInput>>,
  ) =>
    isReference(given)
      ? reference(kind, given, kind)
      : mapValues(given, (each, name) => reference(kind, each, `${kind}.${name}`))
  const metricsOf = (given: readonly ReferenceInput[], key: string) =>
    given.map((each, i) => reference('metric', each, `${key}[${i}]`))
  const { name, seed, plugins, weights, epochs, batchSize, accumulate, out } = data
  const { classWeights, freeze, fold, lossWeights, needs } = data
  const exporter = data.export ?? registry.names('exporter')[0]
  const experiment: Experiment = {
    name,
    seed,
    plugins,
    folder,
    model: reference('model', data.model, 'model'),
    ...(weights !== undefined && { weights }),
    dataset: reference('dataset', data.dataset, 'dataset'),
    loss: oneOrSeveral('loss', data.loss),
    ...(lossWeights !== undefined && { lossWeights }),
    optimizer: oneOrSeveral('optimizer', data.optimizer),
    metrics: Array.isArray(data.metrics)
      ? metricsOf(data.metrics, 'metrics')
      : mapValues(data.metrics as Readonly<Record<string, ReferenceInput[]>>, (each, output) =>
          metricsOf(each, `metrics.${output}`),
        ),
    epochs,
    batchSize,
    accumulate,
    augmentations: data.augmentations.map((each, i) =>
      reference('augmentation', each, `augmentations[${i}]`),
    ),
    ...(classWeights !== undefined && { classWeights }),
    freeze,
    ...(fold !== undefined && {
      fold: { ...fold, index: fold.index ?? 'all', stratify: fold.stratify ?? true },
    }),
    engine: reference('engine', data.engine ?? registry.names('engine')[0] ?? '', 'engine'),
    callbacks: Object.fromEntries(
      Object.entries(data.callbacks).map(([key, given]) => [
        key,
        reference('callback', callbackReference(registry, key, given), `callbacks.${key}`),
      ]),
    ),
    ...(exporter !== undefined && { export: reference('exporter', exporter, 'export') }),
    out,
    ...(needs !== undefined && { needs }),
  }
  return {
    experiment: deepFreeze(plainCopy(experiment, 'experiment') as unknown as Experiment),
    registry,
    ...(options.origin && { origin: options.origin }),
    ...(asked && { asked }),
  }
}

function mapValues<T, R>(
  given: Readonly<Record<string, T>>,
  of: (value: T, key: string) => R,
): Record<string, R> {
  return Object.fromEntries(Object.entries(given).map(([key, value]) => [key, of(value, key)]))
}

function asReference(given: ReferenceInput): Reference {
  return typeof given === 'string' ? { name: given } : given
}

/** What an experiment says, its own keys checked: nothing is loaded, and nothing done. */
interface ReadExperiment {
  readonly data: CheckedExperiment
  /** Where relative paths start, absolute. */
  readonly folder: string
}

/**
 * Reads an experiment as {@link resolveExperiment} does, and only looks at it.
 *
 * @throws ConfigError for keys of its own that cannot be used.
 */
function readExperiment(input: unknown, options: ResolveOptions): ReadExperiment {
  const plain = plainCopy(input, 'experiment')
  if (!isDataMap(plain)) {
    throw new ConfigError({
      where: 'experiment',
      expected: 'must be a mapping of keys',
      given: input,
    })
  }
  const overridden = applyOverrides(plain, options.overrides ?? [], 'experiment')
  const { environment } = options
  const filled = (
    environment ? interpolate(overridden, environment, 'experiment') : overridden
  ) as DataMap
  const named = options.name === undefined ? filled : { name: options.name, ...filled }
  const complete = withDefaultNames(named, options.registry)
  const data = check(experimentSchema, complete, 'experiment')
  return { data, folder: resolve(options.folder ?? '.', data.folder ?? '.') }
}

/** Loads the modules that may be loaded, and lets an experiment of another's pass that does nothing beyond its folder. */
async function admit(
  data: CheckedExperiment,
  said: string,
  registry: Registry,
  { origin, own, overrides, parts, look, ...options }: ResolveOptions,
): Promise<{ readonly folder: string; readonly asked?: Asked }> {
  if (origin === undefined) {
    await loadPlugins(registry, data.plugins, said)
    return { folder: said }
  }
  const users = ownData(own, overrides)
  const start = startOf(origin, users, said, options.folder ?? '.')
  const context = { registry, origin, folder: said, start, own: users, parts }
  const foreign = foreignModules(plainCopy(data, 'experiment') as DataMap, context)
  const known = data.plugins.filter((each) => !foreign.includes(each))
  await loadPlugins(registry, known, start)
  const callbacks = Object.entries(data.callbacks).map(([key, given]) => [
    key,
    callbackReference(registry, key, given),
  ])
  const named = plainCopy({ ...data, callbacks: Object.fromEntries(callbacks) }, 'experiment')
  const asked = await actionsOf(named as DataMap, context)
  // Whatever is looked at of a folder with links to elsewhere may be one of them.
  if (look && origin.asks.length === 0) return { folder: said, asked }
  requireTrust(origin, asked.actions)
  return { folder: start }
}

/** Options alone are meant for the plugin that is the default: `optimizer.learningRate=0.01`. */
function withDefaultNames(data: DataMap, registry: Registry): DataMap {
  const names: Readonly<Record<string, string | undefined>> = {
    ...defaultPlugins,
    engine: registry.names('engine')[0],
    export: registry.names('exporter')[0],
  }
  const entries = Object.entries(data).map(([key, value]): [string, Data] => {
    const name = Object.hasOwn(names, key) ? names[key] : undefined
    const isOptions = isDataMap(value) && !areSeveral(key, value, registry)
    return [key, name !== undefined && isOptions ? { name, ...value } : value]
  })
  return Object.fromEntries(entries)
}

/** What may be several by name. */
const SEVERAL = ['loss', 'optimizer'] as const

/** Losses by output, or optimizers by name, are names or options with a name; what is an option of the default plugin, such as a schedule, is none of them. */
function areSeveral(key: string, given: DataMap, registry: Registry): boolean {
  const kind = SEVERAL.find((each) => each === key)
  if (kind === undefined || typeof given.name === 'string') return false
  const values = Object.values(given)
  const isOne = (value: Data | undefined) =>
    typeof value === 'string' || (isDataMap(value) && typeof value.name === 'string')
  if (values.length === 0 || !values.every(isOne)) return false
  const { plugin } = registry.get(kind, defaultPlugins[kind], `experiment.${kind}`)
  const options = Object.keys(plugin.options.shape)
  const known = registry.names(kind)
  const schedules = registry.names('schedule')
  return Object.entries(given).every(([name, each]) => {
    const says = isDataMap(each) ? each.name : each
    // `{ learningRat: cosine }` and `{ schedul: cosine }` are slips of the pen: no optimizer is called cosine, a schedule is.
    const isMeant = closest(name, options) !== undefined || schedules.includes(String(says))
    const isSlip = isMeant && !known.includes(String(says))
    return !options.includes(name) && !isSlip
  })
}

/**
 * A callback's key names its plugin unless the callback does so itself. The first words are enough where they belong to one plugin
 * alone: `callbacks.early.patience=3` is for `early-stopping`.
 */
function callbackReference(
  registry: Registry,
  key: string,
  given: string | { name?: string | undefined },
): Reference {
  if (typeof given === 'string') return { name: given }
  if (given.name !== undefined) return { ...given, name: given.name }
  const known = registry.nameOf('callback', key)
  if (known !== undefined) return { ...given, name: known }
  const [begun, ...others] = registry.names('callback').filter((name) => name.startsWith(`${key}-`))
  return { ...given, name: begun === undefined || others.length > 0 ? key : begun }
}
