import type { Plugin } from '../plugins/plugin.ts'
import { accuracyPlugin, topKPlugin } from './accuracy.ts'
import { absoluteErrorPlugin, rootMeanSquaredErrorPlugin } from './regression.ts'

/** The metrics of this package. */
export const metricPlugins: readonly Plugin<'metric'>[] = [
  accuracyPlugin,
  topKPlugin,
  absoluteErrorPlugin,
  rootMeanSquaredErrorPlugin,
]
