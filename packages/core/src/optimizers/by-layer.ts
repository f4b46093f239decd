import { ConfigError } from '@ashlar/errors'
import { definePlugin, type Plugin, referenceTo } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { matcher } from '../network/freeze.ts'
import type { Optimizer } from './optimizer.ts'

/** What a step of each layer counts, by patterns of paths as `freeze` has them; the first that fits. Layers that none fits count 1. */
export type LayerRates = Readonly<Record<string, number>>

/**
 * An optimizer whose steps count more or less by layer: a weight goes that part of the way that the optimizer would have it go. For all optimizers here that is a learning rate of its own.
 *
 * @throws ConfigError for rates below 0.
 * @example model.compile({ optimizer: byLayer(adam({ learningRate: 1e-3 }), { 'head.**': 1, '**': 0.1 }), loss })
 */
export function byLayer(optimizer: Optimizer, rates: LayerRates): Optimizer {
  const wrong = Object.entries(rates).find(([, rate]) => !(rate >= 0 && Number.isFinite(rate)))
  if (wrong !== undefined) {
    throw new ConfigError({
      where: `byLayer, ${JSON.stringify(wrong[0])}`,
      expected: 'a rate must be a number from 0 on',
      given: wrong[1],
    })
  }
  const patterns = Object.entries(rates).map(([pattern, rate]) => [matcher(pattern), rate] as const)
  const rateOf = (weight: string) => {
    const parts = weight.split('.')
    // A weight is of its layer and of all layers around that.
    const paths = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'))
    return patterns.find(([pattern]) => paths.some((path) => pattern.test(path)))?.[1] ?? 1
  }
  return {
    ...optimizer,
    name: 'by-layer',
    step(scalars) {
      const step = optimizer.step(scalars)
      return (parameter) => {
        const next = step(parameter)
        const rate = rateOf(parameter.name)
        if (rate === 1) return next
        const move = tf.mul(tf.sub(next.value, parameter.value), rate)
        return { ...next, value: tf.add(parameter.value, move) }
      }
    },
  }
}

/** `byLayer` as a plugin. */
export const byLayerPlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'by-layer',
  description: 'Another optimizer, with a learning rate for each group of layers.',
  options: z.strictObject({
    optimizer: referenceTo('optimizer').default('adam').describe('Whose steps they are.'),
    rates: z
      .record(z.string().min(1), z.number().nonnegative())
      .default({})
      .describe('What steps of layers count, by pattern: `head.**`, `**`; the first that fits.'),
  }),
  create: ({ optimizer, rates }, context) => {
    const { name, ...options } = typeof optimizer === 'string' ? { name: optimizer } : optimizer
    return byLayer(context.factory('optimizer', name, 'optimizer')(options), rates)
  },
})
