import { definePlugin, type Engine, type Plugin, tfjsEngine } from '@ashlar/core'
import { z } from 'zod'

/** Options of {@link createSamplePlugin}. */
export interface SamplePluginOptions {
  /** Name of a registered tfjs backend. */
  readonly backend: string
  /** Whether each program that is prepared is told on the console. */
  readonly tells: boolean
}

/** The engine `tfjs` with a look at what it is asked for: begin here, and put in whatever else is to run programs. */
export function createSamplePlugin({ backend, tells }: SamplePluginOptions): Engine {
  const { explain: _, ...inner } = tfjsEngine({ backend })
  return {
    ...inner,
    name: 'sample-plugin',
    async open(variables, options) {
      const session = await inner.open(variables, options)
      return {
        ...session,
        prepare(program) {
          if (tells) process.stderr.write(`sample-plugin: ${program.name}\n`)
          return session.prepare(program)
        },
      }
    },
  }
}

/** The engine under a name, with options that experiments can set. */
export const samplePlugin: Plugin<'engine'> = definePlugin({
  kind: 'engine',
  name: 'sample-plugin',
  description: 'The engine tfjs, with a look at what it is asked for.',
  options: z.strictObject({
    backend: z.string().min(1).default('cpu').describe('Name of a registered tfjs backend.'),
    tells: z.boolean().default(false).describe('Whether each program is told on the console.'),
  }),
  create: (options) => createSamplePlugin(options),
})

/** What experiments get when they name this package. */
export const plugins: readonly Plugin[] = [samplePlugin]
