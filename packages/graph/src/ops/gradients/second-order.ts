import * as tf from '@tensorflow/tfjs'
import { gradientOf, type KernelGradient } from './gradient.ts'

/** Kernels that tfjs has for derivatives alone, differentiated again: for penalties on gradients. */

interface PoolAttrs {
  readonly filterSize: number | [number, number]
  readonly strides: number | [number, number]
  readonly pad: 'same' | 'valid' | number
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** AvgPoolGrad is linear: by what it is given it is the pooling itself. */
export const avgPoolGradGradient: KernelGradient<PoolAttrs> = {
  inputs: ['dy', 'input'],
  by: ({ dy, attrs: { filterSize, strides, pad, dimRoundingMode } }) => ({
    dy: () => tf.avgPool(dy as tf.Tensor4D, filterSize, strides, pad, dimRoundingMode),
  }),
}

/** The same over volumes. */
export const avgPool3dGradGradient: KernelGradient<{
  filterSize: number | [number, number, number]
  strides: number | [number, number, number]
  pad: 'same' | 'valid' | number
}> = {
  inputs: ['dy', 'input'],
  by: ({ dy, attrs: { filterSize, strides, pad } }) => ({
    dy: () => tf.avgPool3d(dy as tf.Tensor5D, filterSize, strides, pad),
  }),
}

/** MaxPoolGrad: by what it is given, it picks at the maxima. */
export const maxPoolGradGradient: KernelGradient<PoolAttrs> = {
  inputs: ['dy', 'input', 'output'],
  by: ({ dy, inputs, attrs: { filterSize, strides, pad } }) => ({
    dy() {
      const { indexes } = tf.maxPoolWithArgmax(
        inputs.input as tf.Tensor4D,
        filterSize,
        strides,
        pad,
        true,
      ) as unknown as { indexes: tf.Tensor }
      const places = tf.reshape(tf.cast(indexes, 'int32'), [-1]) as tf.Tensor1D
      return tf.reshape(tf.gather(tf.reshape(dy, [-1]), places), inputs.dy!.shape)
    },
  }),
}

/** EluGrad, by what it is given and by the output that it is told. */
export const eluGradGradient: KernelGradient<never> = {
  inputs: ['dy', 'y'],
  by: ({ dy, inputs }) => {
    const { dy: given, y } = inputs as { dy: tf.Tensor; y: tf.Tensor }
    const isBelow = () => tf.cast(tf.less(y, 0), 'float32')
    return {
      dy: () => tf.mul(dy, tf.add(1, tf.mul(isBelow(), y))),
      y: () => tf.mul(tf.mul(dy, given), isBelow()),
    }
  },
}

/** The derivative of a resize is linear: by what it is given it is the resize. */
export function resizeGradGradient(
  kernel: 'ResizeBilinear' | 'ResizeNearestNeighbor',
): KernelGradient<{ alignCorners: boolean; halfPixelCenters?: boolean }> {
  return {
    inputs: ['images', 'dy'],
    by: ({ dy, inputs, attrs: { alignCorners, halfPixelCenters = false } }) => ({
      dy() {
        const [, height, width] = inputs.dy!.shape as [number, number, number, number]
        const resize =
          kernel === 'ResizeBilinear' ? tf.image.resizeBilinear : tf.image.resizeNearestNeighbor
        return resize(dy as tf.Tensor4D, [height, width], alignCorners, halfPixelCenters)
      },
    }),
  }
}

/** LRNGrad by the same formula in tensor code. */
export const lrnGradGradient: KernelGradient<{
  readonly depthRadius: number
  readonly bias: number
  readonly alpha: number
  readonly beta: number
}> = gradientOf(
  ['x', 'y', 'dy'],
  ['x', 'y', 'dy'],
  ({ x, y, dy }, { depthRadius, bias, alpha, beta }) => {
    const channels = x!.shape.at(-1)!
    const places = tf.range(0, channels)
    const apart = tf.abs(tf.sub(tf.reshape(places, [channels, 1]), places))
    const band = tf.cast(tf.lessEqual(apart, depthRadius), 'float32')
    const around = (values: tf.Tensor) =>
      tf.reshape(tf.matMul(tf.reshape(values, [-1, channels]), band as tf.Tensor2D), x!.shape)
    const sum = tf.add(tf.mul(around(tf.square(x!)), alpha), bias)
    const across = tf.mul(tf.mul(x!, around(tf.div(tf.mul(dy!, y!), sum))), 2 * alpha * beta)
    return tf.sub(tf.mul(dy!, tf.pow(sum, -beta)), across)
  },
)
