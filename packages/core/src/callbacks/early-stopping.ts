import { check, checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Callback } from '../training/callback.ts'
import type { WeightValues } from '../weights/values.ts'
import { bestSchema, createMonitor, type MonitorOptions, monitorShape } from './monitor.ts'

/** Options of {@link earlyStopping}. */
export interface EarlyStoppingOptions extends MonitorOptions {
  /** Epochs in a row without a better one after which training stops, 5 by default. */
  readonly patience?: number | undefined
  /** Whether training ends with the weights of the best epoch, however it ends; true by default. */
  readonly restoreBest?: boolean | undefined
  /** Epochs at the start that cannot stop training, 0 by default. */
  readonly startEpoch?: number | undefined
}

const remembered = z.object({ waited: z.int(), best: bestSchema })

/**
 * Stops training when a metric has not got better for some epochs, and puts the best weights back.
 *
 * @example await model.fit(train, { epochs: 100, validationData, callbacks: [earlyStopping({ patience: 3 })] })
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  checkOptions(earlyStoppingPlugin, options)
  const { patience = 5, restoreBest = true, startEpoch = 0 } = options
  const name = 'early-stopping'
  const monitor = createMonitor(name, options)
  let waited = 0
  let weights: WeightValues | undefined
  return {
    name,
    state: () => ({ data: { waited, best: monitor.best }, tensors: weights }),
    restore({ data, tensors }) {
      const state = check(remembered, data, name)
      waited = state.waited
      monitor.best = state.best
      weights = tensors?.size ? tensors : undefined
    },
    onTrainBegin(run) {
      monitor.begin(run)
      waited = 0
      weights = undefined
    },
    onEpochEnd({ epoch, metrics }, run) {
      if (monitor.isBest(epoch, metrics)) {
        waited = 0
        if (restoreBest) weights = run.weights()
        return
      }
      if (epoch < startEpoch) return
      waited++
      if (waited < patience) return
      const best = monitor.best
      run.stop(
        best === undefined
          ? `${monitor.metric} has been no number for ${waited} epochs`
          : `${monitor.metric} has not got better than ${Number(best.value.toPrecision(4))} of epoch ${best.epoch + 1} for ${waited} epochs`,
      )
    },
    onTrainEnd({ outcome }, run) {
      if (weights !== undefined && outcome !== 'failed') run.setWeights(weights)
      weights = undefined
    },
  }
}

/** `early-stopping` as a plugin. */
export const earlyStoppingPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'early-stopping',
  description: 'Stops when a metric no longer gets better, and puts the best weights back.',
  options: z.strictObject({
    patience: z
      .int()
      .positive()
      .default(5)
      .describe('Epochs in a row without a better one after which training stops.'),
    restoreBest: z
      .boolean()
      .default(true)
      .describe('Whether training ends with the weights of the best epoch.'),
    startEpoch: z
      .int()
      .nonnegative()
      .default(0)
      .describe('Epochs at the start that cannot stop training.'),
    ...monitorShape,
  }),
  create: (given) => earlyStopping(given),
})
