import { definePlugin, type Plugin } from '@ashlar/core'
import type { Scheduler } from '@ashlar/sweep'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** How many trials have all their epochs. */
  readonly finalists: number
}

/** Every trial has one epoch first; then the best have all of theirs. */
export function createSamplePlugin({ finalists }: SamplePluginOptions): Scheduler {
  return {
    name: 'sample-plugin',
    first: () => 1,
    next({ trials, isComplete }) {
      const isUnderWay = trials.some(({ working, rungs }) => working === 1 && rungs.length === 0)
      if (!isComplete || isUnderWay) return undefined
      const ranked = trials
        .filter(({ rungs }) => rungs.length > 0)
        .sort((a, b) => a.rungs[0]!.score - b.rungs[0]!.score || a.index - b.index)
      const next = ranked
        .slice(0, finalists)
        .find(({ isOver, working }) => !isOver && working === undefined)
      return next && { id: next.id, until: next.epochs }
    },
  }
}

/** The scheduler under a name, with options that sweeps can set. */
export const samplePlugin: Plugin<'scheduler'> = definePlugin({
  kind: 'scheduler',
  name: 'sample-plugin',
  description: 'Every trial has one epoch first; then the best have all of theirs.',
  options: z.strictObject({
    finalists: z.int().positive().default(3).describe('How many trials have all their epochs.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
