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
  // Between the taps of an axis that has one there is no gap.
  const dilations = perPixelAxis(attrs.dilations, rank).map((gap, axis) =>
    kernel[axis] === 1 ? 1 : gap,
  )
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

/** A convolution with channels last of two or three axes of pixels, without steps. Where it can be, padding is its own. */
function convolve(
  x: tf.Tensor,
  filter: tf.Tensor,
  padding: Windows['padding'],
  dilations: readonly number[],
): tf.Tensor {
  if (x.rank === 5) {
    return tf.conv3d(
      padded(x, padding) as tf.Tensor5D,
      filter as tf.Tensor5D,
      1,
      'valid',
      'NDHWC',
      [...dilations] as never,
    )
  }
  const isOwn = padding.flat().every((side) => side >= 0)
  const image = isOwn ? x : padded(x, padding)
  const around = isOwn ? ([[0, 0], ...padding, [0, 0]] as never) : 'valid'
  const [pixels, taps] = [image as tf.Tensor4D, filter as tf.Tensor4D]
  return tf.conv2d(pixels, taps, 1, around, 'NHWC', [...dilations] as never)
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
  return convolve(dy, turned, around, windows.dilations)
}

/**
 * By the filter: pixels that are as far apart as a window's are images of their own, over which windows have no gaps. Strides must be 1.
 *
 * @param kernels of windows without padding, steps or gaps.
 */
function byFilter(
  x: tf.Tensor,
  dy: tf.Tensor,
  { kernel, padding, dilations }: Windows,
  kernels: ConvolutionKernels,
): tf.Tensor {
  // Zeros up to as many pixels for each image.
  const behind = spatial(dy.shape).map(
    (size, axis) => Math.ceil(size / dilations[axis]!) * dilations[axis]! - size,
  )
  const around = padding.map(([before, rest], axis) => [before, rest + behind[axis]!] as const)
  const image = pixelsApart(padded(x, around), dilations)
  const derivative = pixelsApart(
    padded(
      dy,
      behind.map((rest) => [0, rest]),
    ),
    dilations,
  )
  return kernels.byFilter(image, derivative, [...kernel, x.shape.at(-1)!, dy.shape.at(-1)!])
}

/** The pixels of every such step of each image, as an image by themselves. */
function pixelsApart(x: tf.Tensor, steps: readonly number[]): tf.Tensor {
  const sizes = spatial(x.shape).map((size, axis) => size / steps[axis]!)
  const parted = tf.reshape(x, [
    x.shape[0]!,
    ...sizes.flatMap((size, axis) => [size, steps[axis]!]),
    x.shape.at(-1)!,
  ])
  const [ofSteps, ofPixels] = [2, 1].map((first) => steps.map((_, axis) => first + 2 * axis))
  const turned = tf.transpose(parted, [0, ...ofSteps!, ...ofPixels!, 2 * steps.length + 1])
  return tf.reshape(turned, [
    steps.reduce((images, step) => images * step, x.shape[0]!),
    ...sizes,
    x.shape.at(-1)!,
  ])
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
 * Conv2D and Conv3D. Windows with gaps are what tfjs refuses: with them steps are 1, the derivative by the image is a convolution, and that by the filter one of windows without gaps. All others have
 * tfjs's own kernels.
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
          filter: () =>
            byFilter(
              x,
              dy,
              windows,
              kernelsOf({ strides: windows.strides, pad: 'valid', dataFormat: 'NHWC' }),
            ),
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
