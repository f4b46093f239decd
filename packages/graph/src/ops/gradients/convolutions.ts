import * as tf from '@tensorflow/tfjs'
import { perAxis } from '../../lower/window.ts'
import { axes, type KernelGradient } from './gradient.ts'
import { spread } from './shaping.ts'

type Pad = 'same' | 'valid' | number | readonly (readonly [number, number])[]

interface ConvolutionAttrs {
  readonly strides: number | readonly number[]
  readonly pad: Pad
  readonly dilations?: number | readonly number[]
  readonly dataFormat?: string
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** How windows lie over the pixels of an image with channels last. */
interface Windows {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Pixels of padding before and behind each axis. */
  readonly padding: readonly (readonly [number, number])[]
}

/** Of each axis of pixels: of one number for all axes, one for each, or one for each with batch and channels around. */
function perPixelAxis(value: number | readonly number[] | undefined, rank: number): number[] {
  const each = perAxis(value, rank)
  return each.length === rank ? each : each.slice(1, rank + 1)
}

/** The windows of a call; the derivative's shape says how many there are. */
function windowsOf(
  pixels: readonly number[],
  outputs: readonly number[],
  kernel: readonly number[],
  attrs: ConvolutionAttrs,
): Windows {
  const rank = pixels.length
  const strides = perPixelAxis(attrs.strides, rank)
  const dilations = perPixelAxis(attrs.dilations, rank)
  const padding = axes(0, rank).map((axis): [number, number] => {
    const { pad } = attrs
    // Pixels that the windows reach over.
    const reach = (outputs[axis]! - 1) * strides[axis]! + (kernel[axis]! - 1) * dilations[axis]! + 1
    const rest = reach - pixels[axis]!
    if (pad === 'same') {
      const total = Math.max(0, rest)
      return [Math.floor(total / 2), rest - Math.floor(total / 2)]
    }
    if (pad === 'valid') return [0, rest]
    const before = typeof pad === 'number' ? pad : pad[axis + 1]![0]
    return [before, rest - before]
  })
  return { kernel, strides, dilations, padding }
}

/** Pads and crops pixels, batch and channels left as they are: what is negative is cut off. */
function padded(x: tf.Tensor, padding: Windows['padding']): tf.Tensor {
  const around = [[0, 0], ...padding, [0, 0]] as const
  const begin = around.map(([before]) => Math.max(0, -before))
  const size = x.shape.map((each, axis) => each - begin[axis]! - Math.max(0, -around[axis]![1]))
  const isCut = size.some((each, axis) => each !== x.shape[axis])
  const cut = isCut ? tf.slice(x, begin, size) : x
  const positive = around.map(([before, behind]): [number, number] => [
    Math.max(0, before),
    Math.max(0, behind),
  ])
  return positive.every(([before, behind]) => before + behind === 0) ? cut : tf.pad(cut, positive)
}

/** A convolution with channels last of one, two or three axes of pixels, without padding. */
function convolve(
  x: tf.Tensor,
  filter: tf.Tensor,
  strides: readonly number[],
  dilations: readonly number[],
): tf.Tensor {
  return x.rank === 5
    ? tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, [...strides] as never, 'valid', 'NDHWC', [
        ...dilations,
      ] as never)
    : tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, [...strides] as never, 'valid', 'NHWC', [
        ...dilations,
      ] as never)
}

/** By the image: a convolution of the derivative with the filter turned around. Strides must be 1. */
function byImage(dy: tf.Tensor, filter: tf.Tensor, windows: Windows): tf.Tensor {
  const rank = windows.kernel.length
  const turned = tf.transpose(tf.reverse(filter, axes(0, rank)), [...axes(0, rank), rank + 1, rank])
  const reach = windows.kernel.map((size, axis) => (size - 1) * windows.dilations[axis]!)
  const around = windows.padding.map(([before, behind], axis): [number, number] => [
    reach[axis]! - before,
    reach[axis]! - behind,
  ])
  return convolve(padded(dy, around), turned, new Array(rank).fill(1), windows.dilations)
}

/**
 * By the filter: a convolution of the image with the derivative as the filter and the batch in the place of the channels. A step between the windows
 * becomes one between the pixels of the filter, and the other way round.
 */
function byFilter(x: tf.Tensor, dy: tf.Tensor, windows: Windows): tf.Tensor {
  const rank = windows.kernel.length
  const batchLast = [rank + 1, ...axes(1, rank + 1), 0]
  const image = tf.transpose(padded(x, windows.padding), batchLast)
  const filter = tf.transpose(dy, [...axes(1, rank + 1), 0, rank + 1])
  const result = convolve(image, filter, windows.dilations, windows.strides)
  return tf.transpose(result, [...axes(1, rank + 1), 0, rank + 1])
}

/** Whether windows step over pixels, or leave some out within. */
function isDilated(attrs: ConvolutionAttrs, rank: number): boolean {
  return perPixelAxis(attrs.dilations, rank).some((each) => each !== 1)
}

const spatial = (shape: readonly number[]): number[] => shape.slice(1, -1)

/** A convolution and its two derivatives, as tfjs's kernels. */
interface ConvolutionKernels {
  convolve(x: tf.Tensor, filter: tf.Tensor): tf.Tensor
  byInput(dy: tf.Tensor, filter: tf.Tensor, inputShape: readonly number[]): tf.Tensor
  byFilter(x: tf.Tensor, dy: tf.Tensor, filterShape: readonly number[]): tf.Tensor
}

type KernelsOf = (attrs: ConvolutionAttrs) => ConvolutionKernels

/** @param attrs of all three; `forward` is what the convolution alone is told. */
function kernelsNamed(
  [convolution, input, filter]: readonly [string, string, string],
  attrs: object,
  forward: object,
): ConvolutionKernels {
  const run = (kernel: string, tensors: object, more: object) =>
    tf
      .engine()
      .runKernel(kernel, tensors as never, { ...attrs, ...more } as never) as unknown as tf.Tensor
  return {
    convolve: (x, filter) => run(convolution, { x, filter }, forward),
    byInput: (dy, filter, inputShape) => run(input, { dy, filter }, { inputShape }),
    byFilter: (x, dy, filterShape) => run(filter, { x, dy }, { filterShape }),
  }
}

const conv2dKernels: KernelsOf = ({ strides, pad, dataFormat, dimRoundingMode }) =>
  kernelsNamed(
    ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
    { strides, pad, dataFormat, dimRoundingMode },
    { dilations: [1, 1] },
  )

const conv3dKernels: KernelsOf = ({ strides, pad }) =>
  kernelsNamed(
    ['Conv3D', 'Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
    { strides, pad },
    { dataFormat: 'NDHWC', dilations: [1, 1, 1] },
  )

const depthwiseKernels: KernelsOf = ({ strides, pad, dilations, dimRoundingMode }) =>
  kernelsNamed(
    [
      'DepthwiseConv2dNative',
      'DepthwiseConv2dNativeBackpropInput',
      'DepthwiseConv2dNativeBackpropFilter',
    ],
    { strides, pad, dilations: dilations ?? [1, 1], dimRoundingMode },
    { dataFormat: 'NHWC' },
  )

/**
 * Conv2D and Conv3D. Windows with gaps are what tfjs refuses: with them steps are 1, and both derivatives are convolutions. All others have tfjs's own
 * kernels.
 */
function convolutionGradient(rank: 2 | 3, kernelsOf: KernelsOf): KernelGradient<ConvolutionAttrs> {
  return {
    inputs: ['x', 'filter'],
    by({ dy, inputs, attrs }) {
      const { x, filter } = inputs as { x: tf.Tensor; filter: tf.Tensor }
      if (isDilated(attrs, rank)) {
        const kernel = filter.shape.slice(0, rank)
        const windows = windowsOf(spatial(x.shape), spatial(dy.shape), kernel, attrs)
        return {
          x: () => byImage(dy, filter, windows),
          filter: () => byFilter(x, dy, windows),
        }
      }
      const kernels = kernelsOf(attrs)
      return {
        x: () => kernels.byInput(dy, filter, x.shape),
        filter: () => kernels.byFilter(x, dy, filter.shape),
      }
    },
  }
}

export const conv2dGradient: KernelGradient<ConvolutionAttrs> = convolutionGradient(
  2,
  conv2dKernels,
)
export const conv3dGradient: KernelGradient<ConvolutionAttrs> = convolutionGradient(
  3,
  conv3dKernels,
)

/** What gives the derivative by the image, differentiated again: it is a convolution's transpose. */
function imageGradientGradient(kernelsOf: KernelsOf): KernelGradient<ConvolutionAttrs> {
  return {
    inputs: ['dy', 'filter'],
    by({ dy: ddx, inputs, attrs }) {
      const { dy, filter } = inputs as { dy: tf.Tensor; filter: tf.Tensor }
      const kernels = kernelsOf(attrs)
      return {
        dy: () => kernels.convolve(ddx, filter),
        filter: () => kernels.byFilter(ddx, dy, filter.shape),
      }
    },
  }
}

export const conv2dInputGradient: KernelGradient<ConvolutionAttrs> =
  imageGradientGradient(conv2dKernels)
export const conv3dInputGradient: KernelGradient<ConvolutionAttrs> =
  imageGradientGradient(conv3dKernels)
export const depthwiseInputGradient: KernelGradient<ConvolutionAttrs> =
  imageGradientGradient(depthwiseKernels)

/** What gives the derivative by the filter, differentiated again. */
function filterGradientGradient(kernelsOf: KernelsOf): KernelGradient<ConvolutionAttrs> {
  return {
    inputs: ['x', 'dy'],
    by({ dy: ddw, inputs, attrs }) {
      const { x, dy } = inputs as { x: tf.Tensor; dy: tf.Tensor }
      const kernels = kernelsOf(attrs)
      return {
        x: () => kernels.byInput(dy, ddw, x.shape),
        dy: () => kernels.convolve(x, ddw),
      }
    },
  }
}

export const conv2dFilterGradient: KernelGradient<ConvolutionAttrs> =
  filterGradientGradient(conv2dKernels)
export const conv3dFilterGradient: KernelGradient<ConvolutionAttrs> =
  filterGradientGradient(conv3dKernels)
export const depthwiseFilterGradient: KernelGradient<ConvolutionAttrs> =
  filterGradientGradient(depthwiseKernels)

/** What is left of a filter when its gaps are taken out. */
function emptied(
  filter: tf.Tensor,
  shape: readonly number[],
  dilations: readonly number[],
): tf.Tensor {
  return tf
    .stridedSlice(filter, [0, 0, 0, 0], [...filter.shape], [...dilations, 1, 1])
    .reshape([...shape])
}

/** DepthwiseConv2dNative: windows with gaps are windows of a larger filter with zeros in it. */
export const depthwiseGradient: KernelGradient<ConvolutionAttrs> = {
  inputs: ['x', 'filter'],
  by({ dy, inputs, attrs }) {
    const { x, filter } = inputs as { x: tf.Tensor; filter: tf.Tensor }
    const dilations = perPixelAxis(attrs.dilations, 2)
    const wide = isDilated(attrs, 2)
    const reached = filter.shape.slice(0, 2).map((size, axis) => (size - 1) * dilations[axis]! + 1)
    const sizes = [...reached, ...filter.shape.slice(2)]
    const kernels = depthwiseKernels({ ...attrs, dilations: [1, 1] })
    return {
      x() {
        const filled = wide
          ? spread(filter, { steps: [...dilations, 1, 1], starts: [0, 0, 0, 0], sizes })
          : filter
        return kernels.byInput(dy, filled, x.shape)
      },
      filter() {
        const grad = kernels.byFilter(x, dy, sizes)
        return wide ? emptied(grad, filter.shape, dilations) : grad
      },
    }
  },
}
