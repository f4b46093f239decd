import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { LearningRate, Schedule } from './schedule.ts'

/** The same learning rate in every step. */
export function constant(rate: number): Schedule {
  return { name: 'constant', at: () => rate }
}

/** A number as a constant schedule; a schedule as it is. */
export function toSchedule(rate: LearningRate): Schedule {
  return typeof rate === 'number' ? constant(rate) : rate
}

const options = z.strictObject({
  rate: z.number().nonnegative().default(1e-3).describe('The learning rate.'),
})

/** `constant` as a plugin. */
export const constantPlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'constant',
  description: 'The same learning rate in every step.',
  options,
  create: ({ rate }) => constant(rate),
})
