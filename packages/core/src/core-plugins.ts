import type { Plugin } from '@ashlar/plugins'
import { augmentationPlugins } from './augmentation/index.ts'
import { callbackPlugins } from './callbacks/index.ts'
import { enginePlugins } from './engines/index.ts'
import { lossPlugins } from './losses/index.ts'
import { metricPlugins } from './metrics/index.ts'
import { optimizerPlugins } from './optimizers/index.ts'
import { schedulePlugins } from './schedules/index.ts'

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
