import type { Plugin } from '../plugins/plugin.ts'
import { accuracyPlugin, topKPlugin } from './accuracy.ts'

/** The metrics of this package. */
export const metricPlugins: readonly Plugin<'metric'>[] = [accuracyPlugin, topKPlugin]
