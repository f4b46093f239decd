import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { fromData } from '../data/from-data.ts'
import type { TargetScale } from '../data/target-scale.ts'

/** See {@link targetScaleOption}. */
export type TargetScaleOption = z.ZodOptional<
  z.ZodObject<{ mean: z.ZodArray<z.ZodNumber>; std: z.ZodArray<z.ZodNumber> }, z.core.$strict>
>

/**
 * Where the numbers of a regression lie, as an option.
 *
 * @param beside another option, without which it means nothing.
 */
export function targetScaleOption(beside?: string): TargetScaleOption {
  return fromData(
    z.strictObject({
      mean: z.array(z.number()).min(1).describe('What is added, for each target.'),
      std: z.array(z.number().positive()).min(1).describe('What is multiplied by before.'),
    }),
    'targetScale',
    beside,
  ).describe(
    'Where the numbers of a regression lie; left out, as the training samples have it where they are far from 0.',
  )
}

/** Numbers near 0 brought to where targets lie, `[batch, targets]`; as they are where nobody says. */
export function scaledToTargets(y: tf.Tensor, scale: TargetScale | undefined): tf.Tensor {
  if (scale === undefined) return y
  return y.mul(tf.tensor1d([...scale.std])).add(tf.tensor1d([...scale.mean]))
}
