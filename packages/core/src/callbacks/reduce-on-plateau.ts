import { check, checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Callback } from '../training/callback.ts'
import { bestSchema, createMonitor, type MonitorOptions, monitorShape } from './monitor.ts'

/** Options of {@link reduceOnPlateau}; `minDelta` is 1e-4 by default. */
export interface ReduceOnPlateauOptions extends MonitorOptions {
  /** What each reduction leaves of the learning rate, 0.1 by default. */
  readonly factor?: number | undefined
  /** Epochs in a row without a better one after which the rate is reduced, 10 by default. */
  readonly patience?: number | undefined
  /** Epochs after a reduction that do not count, 0 by default. */
  readonly cooldown?: number | undefined
  /** The rate is not reduced below it; 0 by default. */
  readonly minRate?: number | undefined
}

const remembered = z.object({ waited: z.int(), cooling: z.int(), best: bestSchema })

/** Reduces the learning rate when a metric has not got better for some epochs, with the defaults of Keras's ReduceLROnPlateau. */
export function reduceOnPlateau(options: ReduceOnPlateauOptions = {}): Callback {
  checkOptions(reduceOnPlateauPlugin, options)
  const { factor = 0.1, patience = 10, cooldown = 0, minRate = 0 } = options
  const name = 'reduce-on-plateau'
  const monitor = createMonitor(name, { minDelta: 1e-4, ...options })
  let waited = 0
  let cooling = 0
  return {
    name,
    state: () => ({ data: { waited, cooling, best: monitor.best } }),
    restore({ data }) {
      const state = check(remembered, data, name)
      waited = state.waited
      cooling = state.cooling
      monitor.best = state.best
    },
    onTrainBegin(run) {
      monitor.begin(run)
      waited = 0
      cooling = 0
    },
    onEpochEnd({ epoch, metrics, learningRate }, run) {
      if (cooling > 0) {
        cooling--
        waited = 0
      }
      if (monitor.isBest(epoch, metrics)) {
        waited = 0
        return
      }
      if (cooling > 0) return
      waited++
      if (waited < patience || learningRate <= minRate) return
      // The factor goes on top of the schedule, which may have a rate of its own for the next step.
      run.learningRateFactor *= Math.max(factor, minRate / learningRate)
      cooling = cooldown
      waited = 0
    },
  }
}

/** `reduce-on-plateau` as a plugin. */
export const reduceOnPlateauPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'reduce-on-plateau',
  description: 'Reduces the learning rate when a metric no longer gets better.',
  options: z.strictObject({
    factor: z.number().gt(0).lt(1).default(0.1).describe('What each reduction leaves of the rate.'),
    patience: z
      .int()
      .positive()
      .default(10)
      .describe('Epochs in a row without a better one after which the rate is reduced.'),
    cooldown: z
      .int()
      .nonnegative()
      .default(0)
      .describe('Epochs after a reduction that do not count.'),
    minRate: z.number().nonnegative().default(0).describe('The rate is not reduced below it.'),
    ...monitorShape,
    minDelta: monitorShape.minDelta
      .unwrap()
      .default(1e-4)
      .describe('By how much it must get better to count.'),
  }),
  create: (given) => reduceOnPlateau(given),
})
