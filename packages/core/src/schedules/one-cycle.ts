import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Schedule } from './schedule.ts'

/** Options of {@link oneCycle}. */
export interface OneCycleOptions {
  /** The highest learning rate. */
  readonly max: number
  /** Part of the run that climbs to it, 0.3 by default. */
  readonly rise?: number | undefined
  /** The first rate is `max` divided by this, 25 by default. */
  readonly startDivisor?: number | undefined
  /** The last rate is the first one divided by this, 10,000 by default. */
  readonly endDivisor?: number | undefined
  /** By default the whole run. */
  readonly steps?: number | undefined
}

/**
 * One climb to the highest learning rate and one descent far below the first, both along half a cosine (Smith and Topin 2019;
 * PyTorch's OneCycleLR with its defaults, but for the momentum, which stays).
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  checkOptions(oneCyclePlugin, options)
  const { max, rise = 0.3, startDivisor = 25, endDivisor = 1e4, steps } = options
  const first = max / startDivisor
  const last = first / endDivisor
  return {
    name: 'one-cycle',
    at(step, totalSteps) {
      const length = steps ?? totalSteps
      const top = rise * length - 1
      const end = length - 1
      if (step <= top) return between(first, max, top > 0 ? step / top : 1)
      return between(max, last, end > top ? Math.min(1, (step - top) / (end - top)) : 1)
    },
  }
}

/** Half a cosine from one number to another. */
function between(from: number, to: number, done: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * done))
}

/** `oneCycle` as a plugin. */
export const oneCyclePlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'one-cycle',
  description: 'One climb to the highest learning rate, one descent far below the first.',
  options: z.strictObject({
    max: z.number().nonnegative().describe('The highest learning rate.'),
    rise: z.number().gt(0).lt(1).default(0.3).describe('Part of the run that climbs to it.'),
    startDivisor: z.number().min(1).default(25).describe('The first rate is max divided by it.'),
    endDivisor: z
      .number()
      .min(1)
      .default(1e4)
      .describe('The last rate is the first divided by it.'),
    steps: z.int().positive().optional().describe('Length in steps; by default the whole run.'),
  }),
  create: (given) => oneCycle(given),
})
