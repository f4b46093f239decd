import type { Plugin } from '@ashlar/plugins'
import { ashaPlugin } from './asha.ts'
import { fullPlugin } from './full.ts'
import { halvingPlugin } from './halving.ts'

/** All schedulers of this package; the first one is the default. */
export const schedulerPlugins: readonly Plugin<'scheduler'>[] = [
  fullPlugin,
  ashaPlugin,
  halvingPlugin,
]
