import type { Plugin } from '@ashlar/plugins'
import { constantPlugin } from './constant.ts'
import { cosinePlugin } from './cosine.ts'
import { cosineRestartsPlugin } from './cosine-restarts.ts'
import { exponentialPlugin, polynomialPlugin, stepPlugin } from './decay.ts'
import { oneCyclePlugin } from './one-cycle.ts'
import { piecewisePlugin } from './piecewise.ts'
import { warmupPlugin } from './warmup.ts'

/** The schedules of this package. */
export const schedulePlugins: readonly Plugin<'schedule'>[] = [
  constantPlugin,
  cosinePlugin,
  warmupPlugin,
  stepPlugin,
  exponentialPlugin,
  polynomialPlugin,
  piecewisePlugin,
  cosineRestartsPlugin,
  oneCyclePlugin,
]
