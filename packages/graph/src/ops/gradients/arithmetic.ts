import * as tf from '@tensorflow/tfjs'
import { timesConjugate } from './complex.ts'
import { type KernelGradient, unbroadcast } from './gradient.ts'

const STRETCHED = 'It does not add up over the axes that were stretched, and ends in an error.'

type Pair = { a: tf.Tensor; b: tf.Tensor }

/** Products of real or complex numbers. */
export const multiplyGradient: KernelGradient<never> = {
  inputs: ['a', 'b'],
  by: ({ dy, inputs }) => {
    const { a, b } = inputs as Pair
    return {
      a: () => unbroadcast(timesConjugate(dy, b), a.shape),
      b: () => unbroadcast(timesConjugate(dy, a), b.shape),
    }
  },
}

/** The larger or smaller of two: of equals, the first. */
function choiceGradient(
  isFirst: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  isSecond: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): KernelGradient<never> {
  return {
    inputs: ['a', 'b'],
    wrongInTfjs: STRETCHED,
    by: ({ dy, inputs }) => {
      const { a, b } = inputs as Pair
      const where = (mask: tf.Tensor) => tf.mul(dy, tf.cast(mask, 'float32'))
      return {
        a: () => unbroadcast(where(isFirst(a, b)), a.shape),
        b: () => unbroadcast(where(isSecond(a, b)), b.shape),
      }
    },
  }
}

export const maximumGradient: KernelGradient<never> = choiceGradient(tf.greaterEqual, tf.less)
export const minimumGradient: KernelGradient<never> = choiceGradient(tf.lessEqual, tf.greater)

/** ClipByValue: a product with a mask, which onnxruntime does some times faster than the selection that tfjs makes. */
export const clipGradient: KernelGradient<{ clipValueMin: number; clipValueMax: number }> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs: { clipValueMin, clipValueMax } }) => ({
    x() {
      const [x, isAbove] = [inputs.x!, tf.greaterEqual(inputs.x!, clipValueMin)]
      const isWithin = tf.logicalAnd(isAbove, tf.lessEqual(x, clipValueMax))
      return tf.mul(dy, tf.cast(isWithin, 'float32'))
    },
  }),
}

/** Prelu: products with masks, which onnxruntime does some times faster than the selections that tfjs makes. */
export const preluGradient: KernelGradient<never> = {
  inputs: ['x', 'alpha'],
  by: ({ dy, inputs }) => {
    const { x, alpha } = inputs as { x: tf.Tensor; alpha: tf.Tensor }
    return {
      x() {
        const above = tf.step(x)
        return tf.mul(dy, tf.add(above, tf.mul(alpha, tf.sub(1, above))))
      },
      alpha: () => unbroadcast(tf.mul(dy, tf.minimum(x, 0)), alpha.shape),
    }
  },
}

/** Matrix products whose leading axes may be stretched. */
export const matMulGradient: KernelGradient<{ transposeA?: boolean; transposeB?: boolean }> = {
  inputs: ['a', 'b'],
  wrongInTfjs: STRETCHED,
  by: ({ dy, inputs, attrs: { transposeA = false, transposeB = false } }) => {
    const { a, b } = inputs as Pair
    return {
      a: () =>
        unbroadcast(
          transposeA ? tf.matMul(b, dy, transposeB, true) : tf.matMul(dy, b, false, !transposeB),
          a.shape,
        ),
      b: () =>
        unbroadcast(
          transposeB ? tf.matMul(dy, a, true, transposeA) : tf.matMul(a, dy, !transposeA, false),
          b.shape,
        ),
    }
  },
}
