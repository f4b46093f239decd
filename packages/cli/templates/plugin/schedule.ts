import { definePlugin, type Plugin, type Schedule } from '@ashlar/core'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** The learning rate of the first step. */
  readonly initial: number
  /** The learning rate in the middle of the run, where it is largest. */
  readonly highest: number
}

/** A learning rate that rises until the middle of the run, and falls after it. */
export function createSamplePlugin({ initial, highest }: SamplePluginOptions): Schedule {
  return {
    name: 'sample-plugin',
    at(step, totalSteps) {
      const middle = Math.max(1, totalSteps / 2)
      const share = Math.max(0, 1 - Math.abs(step - middle) / middle)
      return initial + (highest - initial) * share
    },
  }
}

/** The schedule under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'sample-plugin',
  description: 'A learning rate that rises until the middle of the run, and falls after it.',
  options: z.strictObject({
    initial: z.number().nonnegative().default(1e-4).describe('Of the first step.'),
    highest: z.number().positive().default(2e-3).describe('In the middle of the run.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
