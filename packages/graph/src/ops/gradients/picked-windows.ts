import * as tf from '@tensorflow/tfjs'
import { positions } from '../../lower/im2col.ts'
import { perAxis, type Window, type WindowAttrs, windowOf } from '../../lower/window.ts'
import { LOWEST } from '../../lower/window-rows.ts'
import type { KernelGradient } from './gradient.ts'

/**
 * Kernels that take one pixel of each window, differentiated for the second time: by what they are given they are linear, and pick. As many nodes as a window
 * has places, whatever the sizes of tensors.
 */

/** What each place of a window sees of an image [batch, ...space, channels], all windows at once; `filling` outside. */
function placesOf(x: tf.Tensor, window: Window, filling: number): tf.Tensor[] {
  const { kernel, strides, dilations, output, before, input } = window
  // As far as the last window reaches, which may be less than the image.
  const after = output.map((count, axis) => {
    const reach = (count - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1
    return Math.max(0, reach - before[axis]! - input[axis]!)
  })
  const pads = before.map((front, axis): [number, number] => [front, after[axis]!])
  const padded = tf.pad(x, [[0, 0], ...pads, [0, 0]], filling)
  return positions(kernel).map((place) => {
    const begin = place.map((at, axis) => at * dilations[axis]!)
    const end = begin.map((at, axis) => at + (output[axis]! - 1) * strides[axis]! + 1)
    return tf.stridedSlice(
      padded,
      [0, ...begin, 0],
      [x.shape[0]!, ...end, x.shape.at(-1)!],
      [1, ...strides, 1],
    )
  })
}

/** For each place 1 where it is the first that holds the maximum. */
function firstOf(candidates: readonly tf.Tensor[]): tf.Tensor[] {
  const most = candidates.reduce((all, each) => tf.maximum(all, each))
  let open: tf.Tensor = tf.onesLike(most)
  return candidates.map((each) => {
    const taken = tf.mul(open, tf.cast(tf.equal(each, most), 'float32'))
    open = tf.sub(open, taken)
    return taken
  })
}

function sumOf(masks: readonly tf.Tensor[], values: readonly tf.Tensor[]): tf.Tensor {
  return tf.addN(masks.map((mask, place) => tf.mul(mask, values[place]!)))
}

/** MaxPool3DGrad: by what it is given, it picks at the maxima. */
export const maxPool3dGradGradient: KernelGradient<
  WindowAttrs & { readonly filterSize: number | readonly number[] }
> = {
  inputs: ['dy', 'input', 'output'],
  by: ({ dy, inputs, attrs }) => ({
    dy() {
      const input = inputs.input!
      const window = windowOf(input.shape.slice(1, -1), perAxis(attrs.filterSize, 3), attrs)
      const masks = firstOf(placesOf(input, window, LOWEST))
      return sumOf(masks, placesOf(dy, window, 0))
    },
  }),
}

function dilationWindow({ x, filter }: Readonly<Record<string, tf.Tensor>>, attrs: WindowAttrs) {
  return windowOf(x!.shape.slice(1, -1), filter!.shape.slice(0, 2), attrs)
}

/** What each place of the filter adds, [1, 1, 1, channels]. */
function tapsOf(filter: tf.Tensor): tf.Tensor[] {
  const [height, width, channels] = filter.shape as [number, number, number]
  const rows = tf.reshape(filter, [height * width, channels])
  return Array.from({ length: height * width }, (_, tap) =>
    tf.reshape(tf.slice(rows, [tap, 0], [1, channels]), [1, 1, 1, channels]),
  )
}

function dilationMasks(
  given: Readonly<Record<string, tf.Tensor>>,
  window: Window,
): readonly tf.Tensor[] {
  const taps = tapsOf(given.filter!)
  return firstOf(placesOf(given.x!, window, LOWEST).map((seen, tap) => tf.add(seen, taps[tap]!)))
}

/** Dilation2DBackpropInput: by what it is given, it picks the pixel that each window took. */
export const dilationInputGradient: KernelGradient<WindowAttrs> = {
  inputs: ['x', 'filter', 'dy'],
  by: ({ dy, inputs, attrs }) => ({
    dy() {
      const window = dilationWindow(inputs, attrs)
      return sumOf(dilationMasks(inputs, window), placesOf(dy, window, 0))
    },
  }),
}

/** Dilation2DBackpropFilter: by what it is given, it picks the place of the filter that each window took. */
export const dilationFilterGradient: KernelGradient<WindowAttrs> = {
  inputs: ['x', 'filter', 'dy'],
  by: ({ dy, inputs, attrs }) => ({
    dy: () => sumOf(dilationMasks(inputs, dilationWindow(inputs, attrs)), tapsOf(dy)),
  }),
}
