import type { PluginKind, ReferenceInput } from '@ashlar/plugins'
import type { ExperimentInput } from '../config/schema.ts'

declare global {
  /**
   * The options of plugins by kind and name, for experiments written in TypeScript. Whoever brings plugins adds theirs;
   * `ashlar schema --types` writes the declaration.
   *
   * @example declare global { interface AshlarPlugins { 'model wide': { width?: number } } }
   */
  interface AshlarPlugins {}
}

type Known<K extends PluginKind> = {
  [Key in keyof AshlarPlugins]: Key extends `${K} ${infer Name}`
    ? Name | ({ readonly name: Name } & AshlarPlugins[Key])
    : never
}[keyof AshlarPlugins]

/** A plugin of a kind by name, or with its options. Anything goes where no plugin of the kind has declared its options. */
export type TypedReference<K extends PluginKind> = [Known<K>] extends [never]
  ? ReferenceInput
  : Known<K>

type CallbackName = {
  [Key in keyof AshlarPlugins]: Key extends `callback ${infer Name}` ? Name : never
}[keyof AshlarPlugins]

type TypedCallbacks = {
  [Name in CallbackName]?: TypedReference<'callback'> | AshlarPlugins[`callback ${Name}`] | null
} & { readonly [key: string]: object | string | null }

/** A key that is no callback's name holds one that says its own: what is misspelt is neither. */
type NamedCallbacks<Callbacks> = {
  readonly [Key in keyof Callbacks]: [CallbackName] extends [never]
    ? unknown
    : Key extends CallbackName
      ? unknown
      : { readonly name: CallbackName }
}

/** An experiment in TypeScript, the options of its plugins included. */
export interface TypedExperiment
  extends Omit<
    ExperimentInput,
    | 'model'
    | 'dataset'
    | 'loss'
    | 'optimizer'
    | 'metrics'
    | 'augmentations'
    | 'engine'
    | 'callbacks'
    | 'export'
  > {
  /** Experiments and files of groups that this one stands on. */
  defaults?: readonly (string | Readonly<Record<string, string>>)[] | undefined
  /** May be left to what the experiment stands on, as `dataset` may. */
  model?: TypedReference<'model'> | undefined
  dataset?: TypedReference<'dataset'> | undefined
  loss?: TypedReference<'loss'> | Readonly<Record<string, TypedReference<'loss'>>> | undefined
  optimizer?:
    | TypedReference<'optimizer'>
    | Readonly<Record<string, TypedReference<'optimizer'>>>
    | undefined
  metrics?:
    | readonly TypedReference<'metric'>[]
    | Readonly<Record<string, readonly TypedReference<'metric'>[]>>
    | undefined
  augmentations?: readonly TypedReference<'augmentation'>[] | undefined
  engine?: TypedReference<'engine'> | undefined
  callbacks?: TypedCallbacks | undefined
  export?: TypedReference<'exporter'> | undefined
}

/**
 * Gives an experiment its types; returns it unchanged.
 *
 * @example
 * export const experiment = defineExperiment({
 *   model: { name: 'mini-resnet', numClasses: 10 },
 *   dataset: 'mnist',
 *   optimizer: { name: 'adam', learningRate: { name: 'cosine', initial: 0.002 } },
 * })
 */
export function defineExperiment<const Experiment extends TypedExperiment>(
  experiment: Experiment &
    (Experiment extends { readonly callbacks: infer Callbacks }
      ? { readonly callbacks: NamedCallbacks<Callbacks> }
      : unknown),
): TypedExperiment {
  return experiment
}
