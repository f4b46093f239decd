import type {
  Augmentation,
  Callback,
  Dataset,
  Engine,
  Exporter,
  Loss,
  Metric,
  Model,
  Optimizer,
  Schedule,
} from '@ashlar/core'
import type { LayersModel } from '@tensorflow/tfjs'

/** Which contract stands behind each plugin kind. */
export interface PluginProducts {
  block: Model
  /** Or a Sequential or functional model of tfjs. */
  model: Model | LayersModel
  dataset: Dataset
  optimizer: Optimizer
  schedule: Schedule
  loss: Loss
  metric: Metric
  augmentation: Augmentation
  callback: Callback
  engine: Engine
  exporter: Exporter
}
