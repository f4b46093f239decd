import type { Plugin } from '@ashlar/plugins'
import {
  accuracyPlugin,
  binaryAccuracyPlugin,
  categoricalAccuracyPlugin,
  topKPlugin,
} from './accuracy.ts'
import { aucPlugin } from './auc.ts'
import { autoMetricPlugin } from './auto.ts'
import { averagePrecisionPlugin } from './average-precision.ts'
import { calibrationErrorPlugin } from './calibration.ts'
import { characterErrorRatePlugin } from './character-error-rate.ts'
import { f1Plugin, meanIoUPlugin, precisionPlugin, recallPlugin } from './classification.ts'
import { perplexityPlugin } from './perplexity.ts'
import { r2ScorePlugin } from './r2.ts'
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
  precisionPlugin,
  recallPlugin,
  f1Plugin,
  meanIoUPlugin,
  aucPlugin,
  squaredErrorPlugin,
  absoluteErrorPlugin,
  rootMeanSquaredErrorPlugin,
  r2ScorePlugin,
  averagePrecisionPlugin,
  calibrationErrorPlugin,
  perplexityPlugin,
  characterErrorRatePlugin,
]
