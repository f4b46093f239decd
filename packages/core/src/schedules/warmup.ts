import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { toSchedule } from './constant.ts'
import { createLearningRate, learningRateOption } from './option.ts'
import type { LearningRate, Schedule } from './schedule.ts'

/** Options of {@link warmup}. */
export interface WarmupOptions {
  /** Number of steps of the climb. */
  readonly steps: number
  /** What comes after it. Its first learning rate is the top of the climb; its own length is what is left of the run. */
  readonly schedule: LearningRate
}

/**
 * A linear climb to the first learning rate of another schedule, which then begins.
 *
 * Step i of the climb (counted from 1) has i / `steps` of the top, so that no step is lost to a learning rate of 0.
 *
 * @example adam({ learningRate: warmup({ steps: 100, schedule: cosineDecay({ initial: 2e-3 }) }) })
 */
export function warmup(options: WarmupOptions): Schedule {
  checkOptions(warmupPlugin, options)
  const { steps, schedule: after } = options
  const schedule = toSchedule(after)
  return {
    name: 'warmup',
    at(step, totalSteps) {
      const left = Math.max(0, totalSteps - steps)
      if (step >= steps) return schedule.at(step - steps, left)
      return (schedule.at(0, left) * (step + 1)) / steps
    },
  }
}

const shape = z.strictObject({
  steps: z.int().positive().describe('Number of steps of the climb.'),
  schedule: learningRateOption.describe('The learning rate after it: a number or a schedule.'),
})

/** `warmup` as a plugin. */
export const warmupPlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'warmup',
  description: 'A linear climb to the first learning rate of another schedule.',
  options: shape,
  create: ({ steps, schedule }, context) =>
    warmup({ steps, schedule: createLearningRate(schedule, context, 'schedule') }),
})
