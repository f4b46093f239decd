import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { accuracy } from './accuracy.ts'
import type { Metric } from './metric.ts'
import { absoluteError } from './regression.ts'

/** The metric that goes with the data: `accuracy` for classes, `mean-absolute-error` for numbers. */
export function autoMetric(): Metric {
  return {
    ...accuracy(),
    name: 'auto',
    for: (labels) => (labels === 'numbers' ? absoluteError() : accuracy()),
  }
}

/** `auto` as a plugin: the metric of experiments that name none. */
export const autoMetricPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'auto',
  description:
    'The metric that goes with the data: accuracy for classes, the mean distance for numbers.',
  options: z.strictObject({}),
  create: () => autoMetric(),
})
