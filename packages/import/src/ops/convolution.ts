import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'
import {
  asImage,
  fromImage,
  paddedImage,
  readWindow,
  twoAxes,
  type Window,
  windowAttributes,
} from './windows.ts'

/** How TensorFlow.js has kernels: pixels, channels in, channels out. */
function kernelOrder(rank: number): number[] {
  return [...channelsLast(rank).slice(1, -1), 1, 0]
}

/** How it has those of transposed convolutions: pixels, channels out, channels in. A file has [in, out, ...pixels]. */
const transposedOrder = kernelOrder

/** A kernel of one axis of pixels as one of two. */
function kernelImage(w: Value, order: readonly number[]): tf.Tensor {
  const kernel = w.in(order)
  return w.rank === 3 ? tf.reshape(kernel, [1, ...kernel.shape]) : kernel
}

type Pads = [[number, number], [number, number], [number, number], [number, number]]

function explicit(pads: Window['pads']): Pads {
  const side = ([a, b]: readonly [number, number]): [number, number] => [a, b]
  return [[0, 0], side(pads[0]!), side(pads[1]!), [0, 0]]
}

const isOne = (list: readonly number[]) => list.every((each) => each === 1)

/** One convolution of a padded image, channels last. */
function convolve(x: tf.Tensor, kernel: tf.Tensor, window: Window): tf.Tensor {
  const { strides, dilations, pads } = window
  if (x.rank === 5) {
    const padded = paddedImage(x, pads) as tf.Tensor5D
    const spread = spreadKernel(kernel, dilations)
    return tf.conv3d(padded, spread as tf.Tensor5D, strides as [number, number, number], 'valid')
  }
  return tf.conv2d(...flatArguments(x, kernel, window))
}

/** What TensorFlow.js's flat convolutions take. They have no kernel for strides and dilations at once, and no negative padding. */
function flatArguments(
  x: tf.Tensor,
  kernel: tf.Tensor,
  { strides, dilations, pads }: Window,
): Parameters<typeof tf.depthwiseConv2d<tf.Tensor4D>> {
  const isBoth = !isOne(strides) && !isOne(dilations)
  const negative = pads.some((side) => side.some((each) => each < 0))
  return [
    (negative ? paddedImage(x, pads) : x) as tf.Tensor4D,
    (isBoth ? spreadKernel(kernel, dilations) : kernel) as tf.Tensor4D,
    strides as [number, number],
    negative ? 'valid' : explicit(pads),
    'NHWC',
    isBoth ? 1 : (dilations as [number, number]),
  ]
}

/** A dilated kernel written out, with zeros between its rows. */
function spreadKernel(kernel: tf.Tensor, dilations: readonly number[]): tf.Tensor {
  let result = kernel
  for (const [axis, every] of dilations.entries()) {
    if (every === 1) continue
    const { shape } = result
    const size = shape[axis]!
    const split = [...shape.slice(0, axis + 1), 1, ...shape.slice(axis + 1)]
    const pads = split.map((_, at): [number, number] => (at === axis + 1 ? [0, every - 1] : [0, 0]))
    const rows = tf.pad(tf.reshape(result, split), pads)
    const merged = [...shape.slice(0, axis), size * every, ...shape.slice(axis + 1)]
    const end = merged.map((each, at) => (at === axis ? (size - 1) * every + 1 : each))
    result = tf.slice(
      tf.reshape(rows, merged),
      merged.map(() => 0),
      end,
    )
  }
  return result
}

/** A convolution where each channel in makes its own channels out. */
function depthwise(x: tf.Tensor, kernel: tf.Tensor, window: Window): tf.Tensor {
  return tf.depthwiseConv2d(...flatArguments(x, kernel, window))
}

function withBias(y: tf.Tensor, bias: Value | undefined): tf.Tensor {
  return bias === undefined ? y : tf.add(y, bias.plain())
}

/** A convolution of an image, in any number of groups. */
export function convolution(
  x: Value,
  w: Value,
  bias: Value | undefined,
  attributes: { readonly group: number } & Parameters<typeof readWindow>[0],
): Value {
  const { group } = attributes
  const own = readWindow(attributes, w.shape.slice(2), x.shape.slice(2))
  const window = twoAxes(own)
  const image = asImage(x)
  const kernel = kernelImage(w, kernelOrder(w.rank))
  const channels = x.shape[1]!
  let y: tf.Tensor
  if (group === 1) y = convolve(image, kernel, window)
  else if (group === channels && image.rank === 4) {
    const [height, width, , out] = kernel.shape as [number, number, number, number]
    y = depthwise(image, tf.reshape(kernel, [height, width, channels, out / channels]), window)
  } else {
    const images = tf.split(image, group, -1)
    const kernels = tf.split(kernel, group, -1)
    y = tf.concat(
      images.map((each, index) => convolve(each, kernels[index]!, window)),
      -1,
    )
  }
  return fromImage(x, withBias(y, bias))
}

const conv: Operator = operator({
  op: 'Conv',
  attributes: { ...windowAttributes, group: 1 },
  weightOrders: () => ({ 1: kernelOrder }),
  run: ({ input, inputs, attributes }) => convolution(input(0), input(1), inputs[2], attributes),
})

const fused: Operator = operator({
  op: 'FusedConv',
  domain: 'com.microsoft',
  attributes: {
    ...windowAttributes,
    group: 1,
    activation: 'Relu',
    activation_params: absent.numbers,
  },
  weightOrders: () => ({ 1: kernelOrder }),
  refuses: ({ attributes: { activation } }) =>
    ['Relu', 'Sigmoid', 'Tanh', ''].includes(activation)
      ? undefined
      : `activation ${activation} is not known here`,
  run: ({ input, inputs, attributes }) => {
    const y = convolution(input(0), input(1), inputs[2], attributes)
    const sum = inputs[3] ? tf.add(y.lying(), inputs[3].in(y.order)) : y.lying()
    const { activation } = attributes
    const fn =
      activation === 'Relu'
        ? tf.relu
        : activation === 'Sigmoid'
          ? tf.sigmoid
          : activation === 'Tanh'
            ? tf.tanh
            : (each: tf.Tensor) => each
    return Value.of(y.type, fn(sum), y.order)
  },
})

const convTranspose: Operator = operator({
  op: 'ConvTranspose',
  attributes: {
    ...windowAttributes,
    group: 1,
    output_padding: absent.numbers,
    output_shape: absent.numbers,
  },
  weightOrders: () => ({ 1: transposedOrder }),
  run: ({ input, inputs, attributes }) => {
    const [x, w] = [input(0), input(1)]
    const sizes = w.shape.slice(2)
    const ones = sizes.map(() => 1)
    const strides = attributes.strides ?? ones
    const dilations = attributes.dilations ?? ones
    const more = attributes.output_padding ?? ones.map(() => 0)
    const image = asImage(x)
    const kernel = spreadKernel(
      kernelImage(w, transposedOrder(w.rank)),
      sizes.length === 1 ? [1, ...dilations] : dilations,
    )
    // The whole result first, of which the pads are cut off.
    const full = sizes.map((size, axis) => {
      const extent = (size - 1) * dilations[axis]! + 1
      return (x.shape[axis + 2]! - 1) * strides[axis]! + extent
    })
    const pads = full.map((size, axis): [number, number] => {
      const wanted = attributes.output_shape
      const isSame = attributes.auto_pad.startsWith('SAME')
      if (wanted !== undefined || isSame) {
        const target = wanted?.[axis] ?? x.shape[axis + 2]! * strides[axis]!
        const total = size + more[axis]! - target
        const small = Math.floor(total / 2)
        return attributes.auto_pad === 'SAME_UPPER'
          ? [small, total - small - more[axis]!]
          : [total - small, small - more[axis]!]
      }
      return [
        attributes.pads?.[axis] ?? 0,
        (attributes.pads?.[axis + sizes.length] ?? 0) - more[axis]!,
      ]
    })
    const { group } = attributes
    const images = group === 1 ? [image] : tf.split(image, group, -1)
    const kernels = group === 1 ? [kernel] : tf.split(kernel, group, -1)
    const parts = images.map((each, index) =>
      transposedConvolution(each, kernels[index]!, full, strides),
    )
    const y = parts.length === 1 ? parts[0]! : tf.concat(parts, -1)
    const cut = pads.map(([a, b]): [number, number] => [-a, -b])
    return fromImage(
      x,
      withBias(cutOrPad(y, sizes.length === 1 ? [[0, 0], ...cut] : cut), inputs[2]),
    )
  },
})

/** The transposed convolution without pads. */
function transposedConvolution(
  x: tf.Tensor,
  kernel: tf.Tensor,
  full: readonly number[],
  strides: readonly number[],
): tf.Tensor {
  const out = kernel.shape.at(-2)!
  if (x.rank === 5) {
    return tf.conv3dTranspose(
      x as tf.Tensor5D,
      kernel as tf.Tensor5D,
      [x.shape[0], ...full, out] as [number, number, number, number, number],
      strides as [number, number, number],
      'valid',
    )
  }
  const [height, width] = full.length === 1 ? [1, full[0]!] : (full as [number, number])
  return tf.conv2dTranspose(
    x as tf.Tensor4D,
    kernel as tf.Tensor4D,
    [x.shape[0]!, height!, width!, out],
    (strides.length === 1 ? [1, strides[0]!] : strides) as [number, number],
    'valid',
  )
}

/** Rows added with zeros, or cut off where the number is negative. */
export function cutOrPad(x: tf.Tensor, sides: readonly (readonly [number, number])[]): tf.Tensor {
  const begin = [0, ...sides.map(([a]) => Math.max(0, -a)), 0]
  const size = x.shape.map((each, axis) => {
    const side = sides[axis - 1]
    return side === undefined ? each : each - Math.max(0, -side[0]) - Math.max(0, -side[1])
  })
  const isCut = size.some((each, axis) => each !== x.shape[axis])
  const kept = isCut ? tf.slice(x, begin, size) : x
  return paddedImage(
    kept,
    sides.map(([a, b]) => [Math.max(0, a), Math.max(0, b)] as const),
  )
}

const causal: Operator = operator({
  op: 'CausalConvWithState',
  attributes: { activation: 'none' },
  run: ({ input, inputs, attributes: { activation } }) => {
    const [x, w] = [input(0), input(1)]
    const [batch, channels] = x.shape as [number, number]
    const kept = w.shape[2]! - 1
    const before = inputs[3]?.plain() ?? tf.zeros([batch, channels, kept])
    const padded = tf.concat([before, x.plain()], 2)
    const window = { ...windowAttributes, group: channels }
    const y = convolution(Value.of(x.type, padded), w, inputs[2], window)
    const tensor = y.lying()
    const state = tf.slice(padded, [0, 0, padded.shape[2]! - kept], [-1, -1, kept])
    return [
      Value.of(
        x.type,
        activation === 'none' ? tensor : tf.mul(tensor, tf.sigmoid(tensor)),
        y.order,
      ),
      Value.of(x.type, state),
    ]
  },
})

/** Convolutions and what undoes them. */
export const convolutionOperators: readonly Operator[] = [conv, fused, convTranspose, causal]
