import type { Plugin } from '@ashlar/plugins'
import {
  accuracyPlugin,
  binaryAccuracyPlugin,
  categoricalAccuracyPlugin,
  topKPlugin,
} from './accuracy.ts'
import { autoMetricPlugin } from './auto.ts'
import {
  absoluteErrorPlugin,
  rootMeanSquaredErrorPlugin,
  squaredErrorPlugin,
} from './regression.ts'

/** The metrics of this package. */
export const metricPlugins: readonly Plugin<'metric'>[] = [
  autoMetricPlugin,
  accuracyPlugin,
  binaryAccuracyPlugin,
  categoricalAccuracyPlugin,
  topKPlugin,
  squaredErrorPlugin,
  absoluteErrorPlugin,
  rootMeanSquaredErrorPlugin,
]
