import { check, checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Callback } from '../training/callback.ts'

/** Options of {@link timeBudget}. */
export interface TimeBudgetOptions {
  readonly minutes: number
  /** Milliseconds that only rise; `performance.now` by default. */
  readonly clock?: (() => number) | undefined
}

const remembered = z.object({ spent: z.number() })

/** Stops training after the step in which the time is up. Time before a resume counts. */
export function timeBudget(given: TimeBudgetOptions): Callback {
  checkOptions(timeBudgetPlugin, given, ['clock'])
  const { minutes, clock = () => performance.now() } = given
  const name = 'time-budget'
  let began = 0
  return {
    name,
    state: () => ({ data: { spent: clock() - began } }),
    restore({ data }) {
      began -= check(remembered, data, name).spent
    },
    onTrainBegin() {
      began = clock()
    },
    onBatchEnd(_, run) {
      if (clock() - began >= minutes * 60_000) run.stop(`the budget of ${minutes} minutes is spent`)
    },
  }
}

const options = z.strictObject({
  minutes: z.number().positive().describe('Training time, without export.'),
})

/** `time-budget` as a plugin. */
export const timeBudgetPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'time-budget',
  description: 'Stops training after the step in which the time is up.',
  options,
  create: ({ minutes }) => timeBudget({ minutes }),
})
