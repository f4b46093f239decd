import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Schedule } from './schedule.ts'

/** Options of {@link cosineDecay}. */
export interface CosineDecayOptions {
  /** Learning rate of the first step. */
  readonly initial: number
  /** Fraction of `initial` that is left at the end; 0 by default. */
  readonly alpha?: number | undefined
  /** Steps until the end of the decay; by default the whole run. Afterwards the rate stays. */
  readonly steps?: number | undefined
}

/**
 * Half a cosine from `initial` down to `alpha * initial` (Loshchilov and Hutter 2017, without restarts; Keras's CosineDecay).
 *
 * @example adam({ learningRate: cosineDecay({ initial: 2e-3 }) })
 */
export function cosineDecay(options: CosineDecayOptions): Schedule {
  checkOptions(cosinePlugin, options)
  const { initial, alpha = 0, steps } = options
  return {
    name: 'cosine',
    at(step, totalSteps) {
      const length = steps ?? totalSteps
      const done = length === 0 ? 1 : Math.min(step, length) / length
      const left = 0.5 * (1 + Math.cos(Math.PI * done))
      return initial * ((1 - alpha) * left + alpha)
    },
  }
}

const shape = z.strictObject({
  initial: z.number().nonnegative().describe('Learning rate of the first step.'),
  alpha: z.number().min(0).max(1).default(0).describe('Fraction of it that is left at the end.'),
  steps: z.int().positive().optional().describe('Length of the decay; by default the whole run.'),
})

/** `cosineDecay` as a plugin. */
export const cosinePlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'cosine',
  description: 'Half a cosine from the initial learning rate down to a fraction of it.',
  options: shape,
  create: (given) => cosineDecay(given),
})
