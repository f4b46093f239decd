import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { createLearningRate, learningRateOption } from '../schedules/option.ts'
import { type OptimizerOptions, optimizerOf, optimizerShape, type UpdateRule } from './common.ts'
import type { Optimizer } from './optimizer.ts'

/** Options of {@link sgd}; the learning rate is 0.01 by default. */
export interface SgdOptions extends OptimizerOptions {
  /** Part of the last change that is kept, 0 by default. */
  readonly momentum?: number | undefined
  /** Looks ahead along the momentum; false by default. */
  readonly nesterov?: boolean | undefined
}

/**
 * Gradient descent, with momentum if asked for: `m = momentum * m - rate * g`, then `w += m`, or with Nesterov
 * `w += momentum * m - rate * g` (Keras's SGD; Sutskever et al. 2013).
 *
 * @example model.compile({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }), loss })
 */
export function sgd(options: SgdOptions = {}): Optimizer {
  checkOptions(sgdPlugin, options)
  const { momentum = 0, nesterov = false } = options
  const rule: UpdateRule = {
    name: 'sgd',
    slots: momentum === 0 ? [] : ['momentum'],
    step:
      (scalars) =>
      ({ value, gradient, slots }) => {
        const change = tf.mul(gradient, scalars.learningRate)
        if (momentum === 0) return { value: tf.sub(value, change), slots: {} }
        const next = tf.sub(tf.mul(slots.momentum!, momentum), change)
        const move = nesterov ? tf.sub(tf.mul(next, momentum), change) : next
        return { value: tf.add(value, move), slots: { momentum: next } }
      },
  }
  return optimizerOf(rule, options, 0.01)
}

const options = z.strictObject({
  learningRate: learningRateOption.default(0.01).describe('Learning rate: a number or a schedule.'),
  momentum: z.number().min(0).lt(1).default(0).describe('Part of the last change that is kept.'),
  nesterov: z.boolean().default(false).describe('Look ahead along the momentum.'),
  ...optimizerShape,
})

/** `sgd` as a plugin. */
export const sgdPlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'sgd',
  description: 'Gradient descent with momentum and Nesterov acceleration.',
  options,
  create: ({ learningRate, ...rest }, context) =>
    sgd({ ...rest, learningRate: createLearningRate(learningRate, context) }),
})
