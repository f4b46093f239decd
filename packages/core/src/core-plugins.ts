import type { Kind, Plugin } from '@ashlar/plugins'
import { augmentationKind } from './augmentation/augmentation.ts'
import { augmentationPlugins } from './augmentation/index.ts'
import { callbackPlugins } from './callbacks/index.ts'
import { datasetKind } from './data/dataset.ts'
import { engineKind } from './engines/engine.ts'
import { enginePlugins } from './engines/index.ts'
import { lossPlugins } from './losses/index.ts'
import { lossKind } from './losses/loss.ts'
import { metricPlugins } from './metrics/index.ts'
import { metricKind } from './metrics/metric.ts'
import { exporterKind } from './model/exporter.ts'
import { blockKind, modelKind } from './model/model.ts'
import { optimizerPlugins } from './optimizers/index.ts'
import { optimizerKind } from './optimizers/optimizer.ts'
import { schedulePlugins } from './schedules/index.ts'
import { scheduleKind } from './schedules/schedule.ts'
import { callbackKind } from './training/callback.ts'

/** The kinds of plugins whose contracts stand in this package, in the order in which an experiment thinks of them. */
export const coreKinds: readonly Kind[] = [
  blockKind,
  modelKind,
  datasetKind,
  optimizerKind,
  scheduleKind,
  lossKind,
  metricKind,
  augmentationKind,
  callbackKind,
  engineKind,
  exporterKind,
] as readonly unknown[] as readonly Kind[]

/** All plugins of this package; what registers, lists or tests them goes through this array. */
export const corePlugins: readonly Plugin[] = [
  ...optimizerPlugins,
  ...schedulePlugins,
  ...lossPlugins,
  ...metricPlugins,
  ...augmentationPlugins,
  ...callbackPlugins,
  ...enginePlugins,
]
