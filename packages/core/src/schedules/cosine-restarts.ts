import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Schedule } from './schedule.ts'

/** Options of {@link cosineRestarts}. */
export interface CosineRestartsOptions {
  /** Learning rate of the first step. */
  readonly initial: number
  /** Steps until the first restart. */
  readonly firstSteps: number
  /** How much longer each period is than the one before, 2 by default. */
  readonly periodFactor?: number | undefined
  /** How the rate that a period begins with relates to that of the one before, 1 by default. */
  readonly rateFactor?: number | undefined
  /** Fraction of a period's first rate that is left at its end, 0 by default. */
  readonly alpha?: number | undefined
}

/** Cosine decay with warm restarts (Loshchilov and Hutter 2017; Keras's CosineDecayRestarts with t_mul and m_mul). */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  checkOptions(cosineRestartsPlugin, options)
  const { initial, firstSteps, periodFactor = 2, rateFactor = 1, alpha = 0 } = options
  return {
    name: 'cosine-restarts',
    at(step) {
      const { period, done } = placeOf(step / firstSteps, periodFactor)
      const left = 0.5 * rateFactor ** period * (1 + Math.cos(Math.PI * done))
      return initial * ((1 - alpha) * left + alpha)
    },
  }
}

/** The period that a time lies in, and how much of that is over. The first period is as long as the unit of time. */
function placeOf(time: number, factor: number): { period: number; done: number } {
  if (factor === 1) return { period: Math.floor(time), done: time % 1 }
  // Periods of length factor^i begin at (1 - factor^i) / (1 - factor).
  const begin = (period: number) => (1 - factor ** period) / (1 - factor)
  let period = Math.floor(Math.log(1 - time * (1 - factor)) / Math.log(factor))
  // The logarithm may be off by a rounding at the very restart.
  if (begin(period + 1) <= time) period++
  return { period, done: (time - begin(period)) / factor ** period }
}

/** `cosineRestarts` as a plugin. */
export const cosineRestartsPlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'cosine-restarts',
  description: 'Cosine decay that starts over in longer and longer periods.',
  options: z.strictObject({
    initial: z.number().nonnegative().describe('Learning rate of the first step.'),
    firstSteps: z.int().positive().describe('Steps until the first restart.'),
    periodFactor: z
      .number()
      .min(1)
      .default(2)
      .describe('How much longer each period is than the one before.'),
    rateFactor: z
      .number()
      .positive()
      .default(1)
      .describe("A period's first rate, relative to that of the period before."),
    alpha: z.number().min(0).max(1).default(0).describe('Fraction of it left at the end.'),
  }),
  create: (given) => cosineRestarts(given),
})
