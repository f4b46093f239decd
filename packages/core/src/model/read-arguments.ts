import { ConfigError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { type Samples, samplesOf } from '../data/samples.ts'

/** Samples and options of `fit` and `evaluate`, however they were given. */
export async function readArguments<Options extends object>(
  where: string,
  data: Samples | tf.Tensor,
  labelsOrOptions: tf.Tensor | Options | undefined,
  options: Options | undefined,
): Promise<[Samples, Options | undefined]> {
  if (!(data instanceof tf.Tensor)) return [data, labelsOrOptions as Options | undefined]
  if (labelsOrOptions instanceof tf.Tensor) return [await samplesOf(data, labelsOrOptions), options]
  throw new ConfigError({
    where,
    expected: 'a tensor of inputs must be followed by a tensor of labels',
    given: labelsOrOptions,
  })
}
