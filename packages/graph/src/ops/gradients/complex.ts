import * as tf from '@tensorflow/tfjs'
import type { KernelGradient } from './gradient.ts'

/**
 * tfjs takes only derivatives of real numbers back along its tape. In a captured program a tensor is a name alone, so the derivative by a complex tensor
 * is a complex one that goes by a real one's name: (by its real part) + i (by its imaginary part).
 */
function renamed(x: tf.Tensor, dtype: 'float32' | 'complex64'): tf.Tensor {
  const { dataId, shape } = x
  return tf.engine().makeTensorFromTensorInfo({ dataId, shape, dtype })
}

const complexOf = (dy: tf.Tensor): tf.Tensor => renamed(dy, 'complex64')

const derivative = (real: tf.Tensor, imaginary: tf.Tensor): tf.Tensor =>
  renamed(tf.complex(real, imaginary), 'float32')

/** Both parts times a real number. */
function scaled(z: tf.Tensor, factor: number): tf.Tensor {
  return derivative(tf.mul(tf.real(z), factor), tf.mul(tf.imag(z), factor))
}

export const complexGradient: KernelGradient<never> = {
  inputs: ['real', 'imag'],
  onlyCaptured: true,
  by: ({ dy }) => ({
    real: () => tf.real(complexOf(dy)),
    imag: () => tf.imag(complexOf(dy)),
  }),
}

export const realGradient: KernelGradient<never> = {
  inputs: ['input'],
  onlyCaptured: true,
  by: ({ dy }) => ({ input: () => derivative(dy, tf.zeros(dy.shape)) }),
}

export const imagGradient: KernelGradient<never> = {
  inputs: ['input'],
  onlyCaptured: true,
  by: ({ dy }) => ({ input: () => derivative(tf.zeros(dy.shape), dy) }),
}

/** The direction of each number; none at zero. */
export const complexAbsGradient: KernelGradient<never> = {
  inputs: ['x'],
  onlyCaptured: true,
  savesOutputs: 1,
  by: ({ dy, inputs: { x }, outputs: [length] }) => ({
    x() {
      const isZero = tf.cast(tf.equal(length!, 0), 'float32')
      const share = tf.div(dy, tf.add(length!, isZero))
      return derivative(tf.mul(share, tf.real(x!)), tf.mul(share, tf.imag(x!)))
    },
  }),
}

/** A Fourier transform's matrix is symmetric: its derivative is the transform with the other sign. */
export const fftGradient: KernelGradient<never> = {
  inputs: ['input'],
  onlyCaptured: true,
  by: ({ dy, inputs }) => ({
    input: () => scaled(tf.ifft(complexOf(dy)), inputs.input!.shape.at(-1)!),
  }),
}

export const ifftGradient: KernelGradient<never> = {
  inputs: ['input'],
  onlyCaptured: true,
  by: ({ dy, inputs }) => ({
    input: () => scaled(tf.fft(complexOf(dy)), 1 / inputs.input!.shape.at(-1)!),
  }),
}

/** The derivative of a product by one of its factors: with complex numbers the other one's conjugate. */
export function timesConjugate(dy: tf.Tensor, other: tf.Tensor): tf.Tensor {
  if (other.dtype !== 'complex64') return tf.mul(dy, tf.cast(other, 'float32'))
  const conjugate = tf.complex(tf.real(other), tf.neg(tf.imag(other)))
  return renamed(tf.mul(complexOf(dy), conjugate), 'float32')
}
