import * as tf from '@tensorflow/tfjs'
import { axes, gradientOf, type KernelGradient } from './gradient.ts'

/** Tile: the copies of each axis become an axis of their own, which is summed. */
export const tileGradient: KernelGradient<{ reps: readonly number[] }> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs: { reps } }) => ({
    x() {
      const { shape } = inputs.x!
      const repeated = axes(0, shape.length).filter((axis) => reps[axis] !== 1)
      if (repeated.length === 0) return dy
      const apart = shape.flatMap((size, axis) => (reps[axis] === 1 ? [size] : [reps[axis]!, size]))
      const copies = repeated.map((axis, before) => axis + before)
      return tf.reshape(tf.sum(tf.reshape(dy, apart), copies), shape)
    },
  }),
}

/** FlipLeftRight: turned back. */
export const flipGradient: KernelGradient<never> = {
  inputs: ['image'],
  by: ({ dy }) => ({ image: () => tf.reverse(dy, [2]) }),
}

interface StridedSliceAttrs {
  readonly begin: readonly number[]
  readonly end: readonly number[]
  readonly strides: readonly number[]
  readonly beginMask: number
  readonly endMask: number
  readonly ellipsisMask: number
  readonly newAxisMask: number
  readonly shrinkAxisMask: number
}

/** StridedSlice: zeros between what was taken and around it. */
export const stridedSliceGradient: KernelGradient<StridedSliceAttrs> = {
  inputs: ['x'],
  by: ({ dy, inputs, attrs }) => ({
    x() {
      const { shape } = inputs.x!
      const { begin, end, strides } = tf.slice_util.sliceInfo(
        shape,
        [...attrs.begin],
        [...attrs.end],
        [...attrs.strides],
        attrs.beginMask,
        attrs.endMask,
        attrs.ellipsisMask,
        attrs.newAxisMask,
        attrs.shrinkAxisMask,
      ) as { begin: number[]; end: number[]; strides: number[] }
      const taken = begin.map((from, axis) =>
        Math.max(0, Math.ceil((end[axis]! - from) / strides[axis]!)),
      )
      let grad = tf.reshape(dy, taken)
      const backwards = axes(0, shape.length).filter((axis) => strides[axis]! < 0)
      if (backwards.length > 0) grad = tf.reverse(grad, backwards)
      return spread(grad, {
        steps: strides.map(Math.abs),
        starts: begin.map((from, axis) =>
          strides[axis]! < 0 ? from + (taken[axis]! - 1) * strides[axis]! : from,
        ),
        sizes: shape,
      })
    },
  }),
}

/** Puts numbers `step` places apart on each axis, beginning at `start`, in a tensor of zeros. */
export function spread(
  x: tf.Tensor,
  {
    steps,
    starts,
    sizes,
  }: {
    readonly steps: readonly number[]
    readonly starts: readonly number[]
    readonly sizes: readonly number[]
  },
): tf.Tensor {
  let result = x
  for (const axis of axes(0, x.rank)) {
    const step = steps[axis]!
    const count = result.shape[axis]!
    if (step === 1 || count <= 1) continue
    const before = result.shape.slice(0, axis)
    const behind = result.shape.slice(axis + 1)
    const apart = tf.reshape(result, [...before, count, 1, ...behind])
    const padding = apart.shape.map((_, at): [number, number] =>
      at === axis + 1 ? [0, step - 1] : [0, 0],
    )
    const padded = tf.reshape(tf.pad(apart, padding), [...before, count * step, ...behind])
    const kept = padded.shape.map((size, at) => (at === axis ? (count - 1) * step + 1 : size))
    result = tf.slice(padded, new Array(padded.rank).fill(0), kept)
  }
  const around = result.shape.map((size, axis): [number, number] => [
    starts[axis]!,
    sizes[axis]! - starts[axis]! - size,
  ])
  return around.every(([before, behind]) => before === 0 && behind === 0)
    ? result
    : tf.pad(result, around)
}

/** MirrorPad: each pixel of the border goes back to the one that it mirrors, axis by axis. What is mirrored lies together: it is turned round and added, as a sum by places runs on one thread. */
export const mirrorPadGradient: KernelGradient<{
  paddings: readonly (readonly [number, number])[]
  mode: 'reflect' | 'symmetric'
}> = {
  inputs: ['x'],
  wrongInTfjs: 'It forgets what the mirrored numbers give back to those that they mirror.',
  by: ({ dy, inputs, attrs: { paddings, mode } }) => ({
    x() {
      let result = dy
      for (const [axis, sides] of paddings.entries()) {
        const size = inputs.x!.shape[axis]!
        // The edge itself is left out (reflect) or repeated (symmetric).
        result = foldedBack(result, { axis, sides, size, skip: mode === 'reflect' ? 1 : 0 })
      }
      return result
    },
  }),
}

interface Border {
  readonly axis: number
  /** How much was added before and behind. */
  readonly sides: readonly [number, number]
  readonly size: number
  /** How many numbers lie between an edge and the first that is mirrored. */
  readonly skip: number
}

/** The middle of an axis, with its borders turned round and added. */
function foldedBack(
  x: tf.Tensor,
  { axis, sides: [before, behind], size, skip }: Border,
): tf.Tensor {
  const part = (from: number, count: number) =>
    tf.slice(
      x,
      x.shape.map((_, at) => (at === axis ? from : 0)),
      x.shape.map((all, at) => (at === axis ? count : all)),
    )
  const mirrored = (from: number, count: number, to: number) => {
    const around = x.shape.map((_, at): [number, number] =>
      at === axis ? [to, size - to - count] : [0, 0],
    )
    return tf.pad(tf.reverse(part(from, count), axis), around)
  }
  if (before === 0 && behind === 0) return x
  let sum = part(before, size)
  if (before > 0) sum = tf.add(sum, mirrored(0, before, skip))
  if (behind > 0) sum = tf.add(sum, mirrored(before + size, behind, size - skip - behind))
  return sum
}

/** Unpack: the parts put together again. */
export const unpackGradient: KernelGradient<{ axis: number }> = {
  inputs: ['value'],
  wrongInTfjs: 'It takes the gradient of a single output for a list, and ends in an error.',
  by: ({ dys, attrs: { axis } }) => ({ value: () => tf.stack([...dys], axis) }),
}

/** DepthToSpace: blocks of channels are blocks of pixels. */
export const depthToSpaceGradient: KernelGradient<{
  blockSize: number
  dataFormat: 'NHWC' | 'NCHW'
}> = gradientOf(['x'], ['x'], ({ x }, { blockSize: b, dataFormat }) => {
  if (dataFormat === 'NCHW') {
    const [n, c, h, w] = x!.shape as [number, number, number, number]
    const parts = tf.reshape(x!, [n, b, b, c / (b * b), h, w])
    const order = [0, 3, 4, 1, 5, 2]
    return tf.reshape(tf.transpose(parts, order), [n, c / (b * b), h * b, w * b])
  }
  const [n, h, w, c] = x!.shape as [number, number, number, number]
  const parts = tf.reshape(x!, [n, h, w, b, b, c / (b * b)])
  const order = [0, 1, 3, 2, 4, 5]
  return tf.reshape(tf.transpose(parts, order), [n, h * b, w * b, c / (b * b)])
})

/** Diag: the diagonal of what lies in both halves of the axes. */
export const diagGradient: KernelGradient<never> = {
  inputs: ['x'],
  by: ({ dy, inputs }) => ({
    x() {
      const { size, shape } = inputs.x!
      const square = tf.reshape(dy, [size, size])
      const places = tf.mul(tf.range(0, size, 1, 'int32'), tf.scalar(size + 1, 'int32'))
      return tf.reshape(tf.gather(tf.reshape(square, [size * size]), places as tf.Tensor1D), shape)
    },
  }),
}
