import type { LayersModel } from '@tensorflow/tfjs'
import type { Augmentation } from '../augmentation/augmentation.ts'
import type { Dataset } from '../data/dataset.ts'
import type { Engine } from '../engines/engine.ts'
import type { Loss } from '../losses/loss.ts'
import type { Metric } from '../metrics/metric.ts'
import type { Exporter } from '../model/exporter.ts'
import type { Model } from '../model/model.ts'
import type { Optimizer } from '../optimizers/optimizer.ts'
import type { Schedule } from '../schedules/schedule.ts'
import type { Callback } from '../training/callback.ts'

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
