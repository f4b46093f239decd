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

/** The contract of each kind of plugin. */
export const contracts: { readonly [K in PluginKind]: Contract<K> } = {
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
