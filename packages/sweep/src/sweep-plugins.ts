import type { Plugin } from '@ashlar/plugins'
import { launcherPlugins } from './launch/index.ts'
import { schedulerPlugins } from './schedule/index.ts'
import { suggesterPlugins } from './suggest/index.ts'

/** All plugins of this package; what registers, lists or tests them goes through this array. */
export const sweepPlugins: readonly Plugin[] = [
  ...suggesterPlugins,
  ...schedulerPlugins,
  ...launcherPlugins,
]
