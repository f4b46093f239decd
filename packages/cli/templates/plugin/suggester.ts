import { definePlugin, type Plugin } from '@ashlar/core'
import { pointAt, type Suggester } from '@ashlar/sweep'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** How far apart points lie: the golden ratio spreads them well. */
  readonly ratio: number
}

/** Points along a line that winds through the space. */
export function createSamplePlugin({ ratio }: SamplePluginOptions): Suggester {
  return {
    name: 'sample-plugin',
    // Whether what came of earlier points has a say: `observed` tells it.
    learns: false,
    begin: ({ space, seed }) => ({
      suggest(index) {
        const units = space.parameters.map((_, i) => ((index + seed + 1) * ratio ** (i + 1)) % 1)
        return pointAt(space, units)
      },
    }),
  }
}

/** The suggester under a name, with options that sweeps can set. */
export const samplePlugin: Plugin<'suggester'> = definePlugin({
  kind: 'suggester',
  name: 'sample-plugin',
  description: 'Points along a line that winds through the space.',
  options: z.strictObject({
    ratio: z.number().positive().default(1.618034).describe('How far apart points lie.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
