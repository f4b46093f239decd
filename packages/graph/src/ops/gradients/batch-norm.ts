import * as tf from '@tensorflow/tfjs'
import { type KernelGradient, unbroadcast } from './gradient.ts'

/** FusedBatchNorm, whatever the shape of its statistics. */
export const batchNormGradient: KernelGradient<{ varianceEpsilon: number }> = {
  inputs: ['x', 'mean', 'variance', 'scale'],
  wrongInTfjs: 'It ends in an error where the mean is not a vector.',
  by({ dy, inputs, attrs: { varianceEpsilon } }) {
    const { x, mean, variance, scale } = inputs as Record<string, tf.Tensor>
    const inverse = tf.rsqrt(tf.add(variance!, varianceEpsilon))
    const centred = () => tf.sub(x!, mean!)
    const scaled = () => tf.mul(dy, scale ?? 1)
    const summed = (of: tf.Tensor) => unbroadcast(of, mean!.shape)
    return {
      x: () => tf.mul(scaled(), inverse),
      mean: () => summed(tf.neg(tf.mul(scaled(), inverse))),
      variance: () => summed(tf.mul(tf.mul(scaled(), centred()), tf.mul(tf.pow(inverse, 3), -0.5))),
      scale: () => summed(tf.mul(tf.mul(dy, centred()), inverse)),
      offset: () => summed(dy),
    }
  },
}
