import * as tf from '@tensorflow/tfjs'

type GradFunc = tf.GradFunc
type Repair = (original: GradFunc) => GradFunc

/** Gradients that tfjs gets wrong or cannot give, on every backend: what is wrong, and what takes their place. */
export const GRADIENTS: Readonly<
  Record<string, { readonly how: string; readonly repair: Repair }>
> = {
  [tf.MirrorPad]: {
    how: 'It forgets what the mirrored numbers give back to those that they mirror.',
    repair: () => (dy, saved, attrs) => ({
      x: () => mirrorPadGradient(dy as tf.Tensor, saved[0]!.shape, attrs as never),
    }),
  },
  ...Object.fromEntries(
    [tf.Maximum, tf.Minimum, tf.SquaredDifference, tf.BatchMatMul].map((kernel) => [
      kernel,
      {
        how: 'It does not add up over the axes that were stretched, and ends in an error.',
        repair:
          (original: GradFunc): GradFunc =>
          (dy, saved, attrs) => {
            const { a, b } = original(dy, saved, attrs) as Record<'a' | 'b', () => tf.Tensor>
            return {
              a: () => summedTo(a(), saved[0]!.shape),
              b: () => summedTo(b(), saved[1]!.shape),
            }
          },
      },
    ]),
  ),
  [tf.Unpack]: {
    how: 'It takes the gradient of a single output for a list, and ends in an error.',
    repair: () => (dy, _, attrs) => ({
      value: () => tf.stack((Array.isArray(dy) ? dy : [dy]) as tf.Tensor[], attrs.axis as number),
    }),
  },
  [tf.FusedBatchNorm]: {
    how: 'It ends in an error where the mean is not a vector.',
    repair: (original) => (dy, saved, attrs) => {
      const [x, mean, variance, scale] = saved as tf.Tensor[]
      if (mean!.rank === 1) return original(dy, saved, attrs)
      const inverse = tf.rsqrt(tf.add(variance!, attrs.varianceEpsilon as number))
      const centred = () => tf.sub(x!, mean!)
      const scaled = () => tf.mul(dy as tf.Tensor, scale ?? 1)
      const summed = (of: tf.Tensor) => summedTo(of, mean!.shape)
      return {
        x: () => tf.mul(scaled(), inverse),
        mean: () => summed(tf.neg(tf.mul(scaled(), inverse))),
        variance: () =>
          summed(tf.mul(tf.mul(scaled(), centred()), tf.mul(tf.pow(inverse, 3), -0.5))),
        scale: () => summed(tf.mul(tf.mul(dy as tf.Tensor, centred()), inverse)),
        offset: () => summed(dy as tf.Tensor),
      }
    },
  },
}

/** Adds up over the axes that broadcasting stretched. */
function summedTo(gradient: tf.Tensor, shape: number[]): tf.Tensor {
  if (tf.util.arraysEqual(gradient.shape, shape)) return gradient
  const axes = tf.backend_util.getReductionAxes(shape, gradient.shape)
  return tf.reshape(tf.sum(gradient, axes), shape)
}

interface MirrorPadAttrs {
  readonly paddings: readonly (readonly [number, number])[]
  readonly mode: 'reflect' | 'symmetric'
}

/** Axis by axis: the mirrored parts are turned back and added where they were taken from. */
function mirrorPadGradient(
  dy: tf.Tensor,
  shape: readonly number[],
  { paddings, mode }: MirrorPadAttrs,
): tf.Tensor {
  const skip = mode === 'reflect' ? 1 : 0
  let result = dy
  for (const [axis, [before, after]] of paddings.entries()) {
    const size = shape[axis]!
    const part = (from: number, count: number) => {
      const begin = result.shape.map((_, at) => (at === axis ? from : 0))
      return tf.slice(
        result,
        begin,
        result.shape.map((each, at) => (at === axis ? count : each)),
      )
    }
    const spread = (from: number, count: number, to: number) => {
      const sides = result.shape.map((_, at): [number, number] =>
        at === axis ? [to, size - count - to] : [0, 0],
      )
      return tf.pad(tf.reverse(part(from, count), axis), sides)
    }
    const parts = [part(before, size)]
    if (before > 0) parts.push(spread(0, before, skip))
    if (after > 0) parts.push(spread(before + size, after, size - after - skip))
    result = parts.length === 1 ? parts[0]! : tf.addN(parts)
  }
  return result
}
