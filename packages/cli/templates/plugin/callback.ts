import { type Callback, definePlugin, type Plugin } from '@ashlar/core'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** Training ends with the epoch whose mean loss is below. */
  readonly below: number
}

/** Stops training when the loss is low enough. */
export function createSamplePlugin({ below }: SamplePluginOptions): Callback {
  return {
    name: 'sample-plugin',
    onEpochEnd({ metrics }, run) {
      const { loss = Number.POSITIVE_INFINITY } = metrics
      if (loss < below) run.stop(`the loss of ${loss} is below ${below}`)
    },
  }
}

/** The callback under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'sample-plugin',
  description: 'Stops training when the loss is low enough.',
  options: z.strictObject({
    below: z.number().positive().default(0.01).describe('The loss to stop below.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
