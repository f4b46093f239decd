import { availableParallelism } from 'node:os'
import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { TrialPool } from '../work/pool.ts'
import type { Launcher } from './launcher.ts'

/** Options of {@link localLauncher}. */
export interface LocalOptions {
  /** Processes; by default as many as the cores allow. */
  readonly workers?: number | undefined
}

/**
 * Trials in processes of this machine: as many as its cores allow with the threads of each, which by default is one; with fewer workers than cores, each gets its share of them.
 * Processes are kept from trial to trial.
 */
export function localLauncher({ workers }: LocalOptions = {}): Launcher {
  return {
    name: 'local',
    isRemote: false,
    check: async () => undefined,
    async open({ module, folder, threads: given }) {
      const cores = availableParallelism()
      const capacity = workers ?? Math.max(1, Math.floor(cores / (given ?? 1)))
      const threads = given ?? Math.max(1, Math.floor(cores / capacity))
      const pool = new TrialPool({ module, threads }, capacity)
      return {
        ...{ capacity, threads },
        async start(tasks, { epoch, ended }) {
          for (const task of tasks) {
            void pool.perform(task, { folder }, (log) => epoch(task, log)).then(ended)
          }
        },
        stop: async () => pool.stop(),
        end: () => pool.end(),
      }
    },
  }
}

/** `local` as a plugin. */
export const localPlugin: Plugin<'launcher'> = definePlugin({
  kind: 'launcher',
  name: 'local',
  description: 'Processes of this machine, as many as its cores allow.',
  options: z.strictObject({
    workers: z.int().positive().optional().describe('Processes; by default one for each core.'),
  }),
  create: (options) => localLauncher(options),
})
