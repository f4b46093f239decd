import type { PluginKind } from '@ashlar/plugins'
import type { Check } from './bench.ts'
import { augmentationChecks } from './checks/augmentations.ts'
import { callbackChecks } from './checks/callbacks.ts'
import { datasetChecks } from './checks/datasets.ts'
import { engineChecks } from './checks/engines.ts'
import { exporterChecks } from './checks/exporters.ts'
import { lossChecks } from './checks/losses.ts'
import { metricChecks } from './checks/metrics.ts'
import { networkChecks } from './checks/networks.ts'
import { optimizerChecks } from './checks/optimizers.ts'
import { pluginChecks } from './checks/plugins.ts'
import { scheduleChecks } from './checks/schedules.ts'

/** What plugins of a kind must keep. */
export interface Contract<K extends PluginKind> {
  readonly checks: readonly Check<K>[]
  /** Whether defaults are enough of an example. */
  readonly optional: boolean
}

/** Contracts by kind. */
export type Contracts = { readonly [K in PluginKind]?: Contract<K> }

/** The contracts of the kinds that stand in this package. */
export const contracts: Contracts = {
  block: { checks: [...pluginChecks, ...networkChecks], optional: false },
  model: { checks: [...pluginChecks, ...networkChecks], optional: false },
  dataset: { checks: [...pluginChecks, ...datasetChecks], optional: false },
  optimizer: { checks: [...pluginChecks, ...optimizerChecks], optional: true },
  schedule: { checks: [...pluginChecks, ...scheduleChecks], optional: true },
  loss: { checks: [...pluginChecks, ...lossChecks], optional: false },
  metric: { checks: [...pluginChecks, ...metricChecks], optional: false },
  augmentation: { checks: [...pluginChecks, ...augmentationChecks], optional: true },
  callback: { checks: [...pluginChecks, ...callbackChecks], optional: true },
  engine: { checks: [...pluginChecks, ...engineChecks], optional: true },
  exporter: { checks: [...pluginChecks, ...exporterChecks], optional: true },
}

/**
 * The contract of a kind. One of another package that brings none has what every plugin must keep.
 *
 * @param own contracts of other packages' kinds.
 */
export function contractOf<K extends PluginKind>(kind: K, own: Contracts = {}): Contract<K> {
  return own[kind] ?? contracts[kind] ?? { checks: pluginChecks, optional: true }
}
