// A launcher whose trials are done when they are to stop, and not before.
import { setImmediate } from 'node:timers/promises'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import type { Launcher, TrialTask } from '@ashlar/sweep'
import { z } from 'zod'

const late: Plugin<'launcher'> = definePlugin({
  kind: 'launcher',
  name: 'late',
  description: 'Trials that are done when they are stopped.',
  options: z.strictObject({}),
  create: (): Launcher => ({
    name: 'late',
    isRemote: false,
    check: async () => undefined,
    async open() {
      let finish = () => {}
      return {
        ...{ capacity: 1, threads: 1 },
        async start(tasks: readonly TrialTask[], { ended }) {
          finish = () => {
            for (const { id, until } of tasks) {
              const figures = { metrics: { loss: 0.25 }, epochs: until, steps: until, seconds: 1 }
              ended({ id, until, status: 'reached', better: 'lower', ...figures })
            }
          }
        },
        async stop() {
          await setImmediate()
          finish()
        },
        end: async () => undefined,
      }
    },
  }),
})

export const plugins: readonly Plugin[] = [late]
