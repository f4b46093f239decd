import { definePlugin, type Plugin } from '@ashlar/core'
import { type Launcher, localLauncher } from '@ashlar/sweep'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** Trials at once. */
  readonly workers: number
}

/** Trials in processes of this machine, and a line for each that fails. */
export function createSamplePlugin({ workers }: SamplePluginOptions): Launcher {
  const local = localLauncher({ workers })
  return {
    name: 'sample-plugin',
    isRemote: false,
    check: (out) => local.check(out),
    async open(context) {
      const launched = await local.open(context)
      return {
        ...launched,
        start: (tasks, listener) =>
          launched.start(tasks, {
            ...listener,
            ended(result) {
              if (result.error !== undefined)
                context.notice(`${result.id}: ${result.error.message}`)
              listener.ended(result)
            },
          }),
      }
    },
  }
}

/** The launcher under a name, with options that sweeps can set. */
export const samplePlugin: Plugin<'launcher'> = definePlugin({
  kind: 'launcher',
  name: 'sample-plugin',
  description: 'Processes of this machine, and a line for each trial that fails.',
  options: z.strictObject({
    workers: z.int().positive().default(1).describe('Trials at once.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
