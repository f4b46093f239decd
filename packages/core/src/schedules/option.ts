import type { PluginContext } from '@ashlar/plugins'
import { z } from 'zod'
import type { LearningRate } from './schedule.ts'

/** A learning rate in an experiment: a number, or a schedule by name with its options. */
export type LearningRateOption = number | { name: string; [option: string]: unknown }

/** Checks a {@link LearningRateOption}. */
export const learningRateOption: z.ZodType<LearningRateOption> = z
  .union([z.number().nonnegative(), z.looseObject({ name: z.string() })])
  .meta({ plugin: 'schedule' })

/**
 * Makes the learning rate that an option asks for.
 *
 * @param key the option's name, for errors.
 */
export function createLearningRate(
  option: LearningRateOption,
  context: PluginContext,
  key: string = 'learningRate',
): LearningRate {
  if (typeof option === 'number') return option
  const { name, ...options } = option
  return context.factory('schedule', name, key)(options)
}
