import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { meanOfSample, targetsOf } from '../losses/targets.ts'
import { definePlugin, type Plugin } from '../plugins/plugin.ts'
import { type Metric, meanMetric } from './metric.ts'

/** The mean distance between label and output. */
export function absoluteError(): Metric {
  const name = 'mean-absolute-error'
  return {
    ...meanMetric(name, (outcome) =>
      meanOfSample(tf.abs(tf.sub(outcome.predictions, targetsOf(outcome, name)))),
    ),
    better: 'lower',
  }
}

/** The square root of the mean squared difference over all samples, in the unit of the labels. */
export function rootMeanSquaredError(): Metric {
  const name = 'root-mean-squared-error'
  const squares = meanMetric(name, (outcome) =>
    meanOfSample(tf.square(tf.sub(outcome.predictions, targetsOf(outcome, name)))),
  )
  return { ...squares, better: 'lower', result: (sums) => Math.sqrt(squares.result(sums)) }
}

/** `mean-absolute-error` as a plugin. */
export const absoluteErrorPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'mean-absolute-error',
  description: 'Mean distance between label and output.',
  options: z.strictObject({}),
  create: () => absoluteError(),
})

/** `root-mean-squared-error` as a plugin. */
export const rootMeanSquaredErrorPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'root-mean-squared-error',
  description: 'Square root of the mean squared difference between label and output.',
  options: z.strictObject({}),
  create: () => rootMeanSquaredError(),
})
