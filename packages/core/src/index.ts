export {
  type Batch,
  type BatchOptions,
  batchCount,
  batches,
  takeSamples,
} from './data/batches.ts'
export type {
  Dataset,
  DatasetInfo,
  DatasetSplits,
  LabelData,
  SampleData,
  Split,
} from './data/dataset.ts'
export { shuffledIndices } from './data/shuffle.ts'
export type { PluginProducts } from './plugins/kinds.ts'
export { definePlugin, type Plugin, type PluginContext, type PluginKind } from './plugins/plugin.ts'
