import { definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { meanOfSample, targetsOf } from '../losses/targets.ts'
import { type Metric, meanMetric } from './metric.ts'

/** The mean distance between label and output. */
export function absoluteError(): Metric {
  const name = 'mean-absolute-error'
  return {
    ...meanMetric(name, (outcome) =>
      meanOfSample(tf.abs(tf.sub(outcome.predictions, targetsOf(outcome, name)))),
    ),
    ...{ better: 'lower', counts: 'distances' },
  }
}

/** The mean squared difference between label and output. */
export function squaredError(): Metric {
  const name = 'mean-squared-error'
  return { ...meanOfSquares(name), better: 'lower', counts: 'distances' }
}

/** The square root of the mean squared difference over all samples, in the unit of the labels. */
export function rootMeanSquaredError(): Metric {
  const name = 'root-mean-squared-error'
  const squares = meanOfSquares(name)
  return {
    ...squares,
    better: 'lower',
    counts: 'distances',
    result: (sums) => Math.sqrt(squares.result(sums)),
  }
}

function meanOfSquares(name: string): Metric {
  return meanMetric(name, (outcome) =>
    meanOfSample(tf.square(tf.sub(outcome.predictions, targetsOf(outcome, name)))),
  )
}

/** `mean-absolute-error` as a plugin. */
export const absoluteErrorPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'mean-absolute-error',
  aliases: ['mae'],
  description: 'Mean distance between label and output.',
  options: z.strictObject({}),
  create: () => absoluteError(),
})

/** `mean-squared-error` as a plugin. */
export const squaredErrorPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'mean-squared-error',
  aliases: ['mse'],
  description: 'Mean squared difference between label and output.',
  options: z.strictObject({}),
  create: () => squaredError(),
})

/** `root-mean-squared-error` as a plugin. */
export const rootMeanSquaredErrorPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'root-mean-squared-error',
  aliases: ['rmse'],
  description: 'Square root of the mean squared difference between label and output.',
  options: z.strictObject({}),
  create: () => rootMeanSquaredError(),
})
