import { definePlugin, type Exporter, type Plugin } from '@ashlar/core'
import { writeFileSafely } from '@ashlar/core/files'
import { z } from 'zod'

/** What was written. */
export interface SamplePluginReport {
  readonly weights: number
}

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** Spaces before each level. */
  readonly indent: number
}

/** Writes the weights of a model as JSON, by name: `{ "shape": [3, 4], "values": [...] }`. */
export function createSamplePlugin({ indent }: SamplePluginOptions): Exporter<SamplePluginReport> {
  return {
    name: 'sample-plugin',
    async export(model, path, { metadata = {} } = {}) {
      const entries = await Promise.all(
        model.namedWeights().map(async ({ name, variable }) => {
          const values = [...(await variable.data())]
          return [name, { shape: variable.shape, values }] as const
        }),
      )
      const content = { metadata, weights: Object.fromEntries(entries) }
      // Complete or not there at all, whatever happens meanwhile.
      await writeFileSafely(path, JSON.stringify(content, null, indent))
      return { weights: entries.length }
    },
  }
}

/** The exporter under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'exporter'> = definePlugin({
  kind: 'exporter',
  name: 'sample-plugin',
  description: 'Weights as JSON.',
  options: z.strictObject({
    indent: z.int().min(0).default(0).describe('Spaces before each level.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
