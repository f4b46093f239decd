import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { createLearningRate } from '../schedules/option.ts'
import { type AdamOptions, adamRule, adamShape } from './adam.ts'
import { optimizerOf } from './common.ts'
import type { Optimizer } from './optimizer.ts'

/** Weight decay that AdamW has unless told, as in Keras. */
const WEIGHT_DECAY = 0.004

/** Options of {@link adamw}; the weight decay is 0.004 by default. */
export type AdamwOptions = AdamOptions

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019): before Adam's step, `w -= rate * weightDecay * w`. Biases and
 * norms do not decay unless `decayed` is `all`, which is Keras's default.
 *
 * @example model.compile({ optimizer: adamw({ weightDecay: 1e-4 }), loss })
 */
export function adamw(options: AdamwOptions = {}): Optimizer {
  checkOptions(adamwPlugin, options)
  const { weightDecay = WEIGHT_DECAY } = options
  return optimizerOf(adamRule('adamw', options), { ...options, weightDecay }, 1e-3)
}

/** `adamw` as a plugin. */
export const adamwPlugin: Plugin<'optimizer'> = definePlugin({
  kind: 'optimizer',
  name: 'adamw',
  description: 'Adam with decoupled weight decay.',
  options: z.strictObject({
    ...adamShape,
    weightDecay: adamShape.weightDecay.unwrap().default(WEIGHT_DECAY).describe('Decay at rate 1.'),
  }),
  create: ({ learningRate, ...rest }, context) =>
    adamw({ ...rest, learningRate: createLearningRate(learningRate, context) }),
})
