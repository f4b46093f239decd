import { ConfigError } from '@ashlar/errors'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Schedule } from './schedule.ts'

/** Options of {@link piecewise}. */
export interface PiecewiseOptions {
  /** Steps, rising: the last ones of each rate. */
  readonly boundaries: readonly number[]
  /** Learning rates, one more than boundaries. */
  readonly rates: readonly number[]
}

/**
 * A learning rate for each stretch of steps (Keras's PiecewiseConstantDecay): the first rate up to and including the step
 * `boundaries[0]`, then the second, and so on.
 *
 * @throws ConfigError when the lists do not fit each other.
 * @example sgd({ learningRate: piecewise({ boundaries: [1000, 2000], rates: [0.1, 0.01, 0.001] }) })
 */
export function piecewise(options: PiecewiseOptions): Schedule {
  checkOptions(piecewisePlugin, options)
  const { boundaries, rates } = options
  if (rates.length !== boundaries.length + 1) {
    throw new ConfigError({
      where: 'schedule piecewise',
      expected: `\`rates\` must have one entry more than the ${boundaries.length} \`boundaries\``,
      given: rates.length,
    })
  }
  if (boundaries.some((boundary, index) => index > 0 && boundary <= boundaries[index - 1]!)) {
    throw new ConfigError({
      where: 'schedule piecewise',
      expected: '`boundaries` must rise',
      given: boundaries,
    })
  }
  return {
    name: 'piecewise',
    at(step) {
      const stretch = boundaries.findIndex((boundary) => step <= boundary)
      return rates.at(stretch)!
    },
  }
}

/** `piecewise` as a plugin. */
export const piecewisePlugin: Plugin<'schedule'> = definePlugin({
  kind: 'schedule',
  name: 'piecewise',
  description: 'A learning rate for each stretch of steps.',
  options: z.strictObject({
    boundaries: z
      .array(z.int().nonnegative())
      .describe('Steps, rising: the last step of each rate but the last one.'),
    rates: z
      .array(z.number().nonnegative())
      .min(1)
      .describe('Learning rates, one more than boundaries.'),
  }),
  create: (given) => piecewise(given),
})
