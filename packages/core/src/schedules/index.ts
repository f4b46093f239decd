import type { Plugin } from '../plugins/plugin.ts'
import { constantPlugin } from './constant.ts'
import { cosinePlugin } from './cosine.ts'
import { warmupPlugin } from './warmup.ts'

/** The schedules of this package. */
export const schedulePlugins: readonly Plugin<'schedule'>[] = [
  constantPlugin,
  cosinePlugin,
  warmupPlugin,
]
