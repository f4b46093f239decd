import type { PluginKind } from '@ashlar/plugins'

/** What every example may say: options under which the plugin makes something small. */
export interface Example {
  /** On top of the plugin's defaults. */
  readonly options?: Readonly<Record<string, unknown>> | undefined
  /** Writes files that the options name, before each check. */
  prepare?(folder: string): Promise<void>
}

/** A block or model to try. */
export interface NetworkExample extends Example {
  /** Of one sample: `[8, 8, 3]`. Small: derivatives are taken of it. */
  readonly inputShape: readonly number[]
  /** Numbers in all weights under these options, counted by hand or by a formula. */
  readonly parameters: number
  /**
   * Set for networks of many batch norms, which magnify float32's rounding out of all proportion: derivatives are left to
   * the contract of their blocks, and the steps of engines must be alike with one of some batches only.
   */
  readonly deep?: boolean | undefined
}

/** A loss or metric to try. */
export interface OutcomeExample extends Example {
  /** What it takes as labels: class indices `[batch]`, one-hot rows, targets of the output's shape, or a sequence of classes from 1 on beside an output for each of more steps. */
  readonly labels: 'indices' | 'one-hot' | 'targets' | 'sequence'
  /** What it takes as output: by default probabilities beside classes, any numbers beside targets. */
  readonly outputs?: 'probabilities' | 'numbers' | undefined
}

/** An augmentation to try. */
export interface AugmentationExample extends Example {
  /** Of one sample: `[6, 5, 2]` by default. */
  readonly inputShape?: readonly number[] | undefined
}

/** A dataset to try. */
export interface DatasetExample extends Example {
  /** Set where inputs are fitted to the training samples (scaled, numbered): those of a part of the samples are not those of all then, and labels alone are held against each other. */
  readonly isFitted?: true | undefined
}

/** What an example consists of, by kind of plugin; a kind of another package adds itself, or takes a plain {@link Example}. */
export interface PluginExamples {
  block: NetworkExample
  model: NetworkExample
  dataset: DatasetExample
  optimizer: Example
  schedule: Example
  loss: OutcomeExample
  metric: OutcomeExample
  augmentation: AugmentationExample
  callback: Example
  engine: Example
  exporter: Example
}

/** An example of a kind's plugins. */
export type ExampleOf<K extends PluginKind> = K extends keyof PluginExamples
  ? PluginExamples[K]
  : Example

/** A plugin whose contract is tested in another file: its data or machine is not at hand in this one. */
export interface Elsewhere {
  /** Where, and why: shown as the name of a test. */
  readonly elsewhere: string
}

/** Examples by kind and name; several where a plugin has several faces. */
export type ExamplesByName = {
  readonly [K in PluginKind]?: Readonly<
    Record<string, ExampleOf<K> | readonly ExampleOf<K>[] | Elsewhere>
  >
}
