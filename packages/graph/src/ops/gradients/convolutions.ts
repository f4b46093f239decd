import * as tf from '@tensorflow/tfjs'
import { axes, type KernelGradient } from './gradient.ts'

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

/** Of one number for all axes, one for each, or one for each with batch and channels around. */
function perAxis(value: number | readonly number[] | null | undefined, rank: number): number[] {
  if (value == null) return new Array(rank).fill(1)
  if (typeof value === 'number') return new Array(rank).fill(value)
  return value.length === rank ? [...value] : value.slice(1, rank + 1)
}

/** The windows of a call; the derivative's shape says how many there are. */
function windowsOf(
  pixels: readonly number[],
  outputs: readonly number[],
  kernel: readonly number[],
  attrs: ConvolutionAttrs,
): Windows {
  const rank = pixels.length
  const strides = perAxis(attrs.strides, rank)
  const dilations = perAxis(attrs.dilations, rank)
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
  return perAxis(attrs.dilations, rank).some((each) => each !== 1)
}

const spatial = (shape: readonly number[]): number[] => shape.slice(1, -1)

/**
 * Conv2D and Conv3D. Windows with gaps are what tfjs refuses: with them steps are 1, and both derivatives are convolutions. All others have tfjs's own
 * kernels.
 */
function convolutionGradient(rank: 2 | 3): KernelGradient<ConvolutionAttrs> {
  return {
    inputs: ['x', 'filter'],
    by({ dy, inputs, attrs }) {
      const { x, filter } = inputs as { x: tf.Tensor; filter: tf.Tensor }
      if (isDilated(attrs, rank)) {
        const { kernel, ...rest } = windowsOf(
          spatial(x.shape),
          spatial(dy.shape),
          filter.shape.slice(0, rank),
          attrs,
        )
        const windows = { kernel, ...rest }
        return {
          x: () => byImage(dy, filter, windows),
          filter: () => byFilter(x, dy, windows),
        }
      }
      const { strides, pad, dataFormat, dimRoundingMode } = attrs
      const run = (kernel: string, tensors: object, more: object) =>
        tf
          .engine()
          .runKernel(kernel, tensors as never, { strides, pad, ...more } as never) as tf.Tensor
      if (rank === 3) {
        return {
          x: () => run('Conv3DBackpropInputV2', { dy, filter }, { inputShape: x.shape }),
          filter: () => run('Conv3DBackpropFilterV2', { x, dy }, { filterShape: filter.shape }),
        }
      }
      const more = { dataFormat, dimRoundingMode }
      return {
        x: () => run('Conv2DBackpropInput', { dy, filter }, { ...more, inputShape: x.shape }),
        filter: () =>
          run('Conv2DBackpropFilter', { x, dy }, { ...more, filterShape: filter.shape }),
      }
    },
  }
}

export const conv2dGradient: KernelGradient<ConvolutionAttrs> = convolutionGradient(2)
export const conv3dGradient: KernelGradient<ConvolutionAttrs> = convolutionGradient(3)

/** What gives the derivative by the image, differentiated again: it is a convolution's transpose. */
function imageGradientGradient(rank: 2 | 3): KernelGradient<ConvolutionAttrs> {
  return {
    inputs: ['dy', 'filter'],
    by({ dy: ddx, inputs, attrs }) {
      const { dy, filter } = inputs as { dy: tf.Tensor; filter: tf.Tensor }
      const { strides, pad, dataFormat, dimRoundingMode } = attrs
      const run = (kernel: string, tensors: object, more: object) =>
        tf
          .engine()
          .runKernel(kernel, tensors as never, { strides, pad, ...more } as never) as tf.Tensor
      if (rank === 3) {
        const dilations = [1, 1, 1]
        return {
          dy: () => run('Conv3D', { x: ddx, filter }, { dataFormat: 'NDHWC', dilations }),
          filter: () =>
            run('Conv3DBackpropFilterV2', { x: ddx, dy }, { filterShape: filter.shape }),
        }
      }
      const more = { dataFormat, dimRoundingMode }
      return {
        dy: () => run('Conv2D', { x: ddx, filter }, { ...more, dilations: [1, 1] }),
        filter: () =>
          run('Conv2DBackpropFilter', { x: ddx, dy }, { ...more, filterShape: filter.shape }),
      }
    },
  }
}

export const conv2dInputGradient: KernelGradient<ConvolutionAttrs> = imageGradientGradient(2)
export const conv3dInputGradient: KernelGradient<ConvolutionAttrs> = imageGradientGradient(3)

/** What gives the derivative by the filter, differentiated again. */
function filterGradientGradient(rank: 2 | 3): KernelGradient<ConvolutionAttrs> {
  return {
    inputs: ['x', 'dy'],
    by({ dy: ddw, inputs, attrs }) {
      const { x, dy } = inputs as { x: tf.Tensor; dy: tf.Tensor }
      const { strides, pad, dataFormat, dimRoundingMode } = attrs
      const run = (kernel: string, tensors: object, more: object) =>
        tf
          .engine()
          .runKernel(kernel, tensors as never, { strides, pad, ...more } as never) as tf.Tensor
      if (rank === 3) {
        const dilations = [1, 1, 1]
        return {
          x: () => run('Conv3DBackpropInputV2', { dy, filter: ddw }, { inputShape: x.shape }),
          dy: () => run('Conv3D', { x, filter: ddw }, { dataFormat: 'NDHWC', dilations }),
        }
      }
      const more = { dataFormat, dimRoundingMode }
      return {
        x: () => run('Conv2DBackpropInput', { dy, filter: ddw }, { ...more, inputShape: x.shape }),
        dy: () => run('Conv2D', { x, filter: ddw }, { ...more, dilations: [1, 1] }),
      }
    },
  }
}

export const conv2dFilterGradient: KernelGradient<ConvolutionAttrs> = filterGradientGradient(2)
export const conv3dFilterGradient: KernelGradient<ConvolutionAttrs> = filterGradientGradient(3)

/** A depthwise filter with zeros in its gaps: the same windows without gaps. */
function filled(filter: tf.Tensor, dilations: readonly number[]): tf.Tensor {
  let result = filter
  for (const [axis, dilation] of dilations.entries()) {
    const count = result.shape[axis]!
    if (dilation === 1 || count === 1) continue
    const before = result.shape.slice(0, axis)
    const behind = result.shape.slice(axis + 1)
    const apart = tf.reshape(result, [...before, count, 1, ...behind])
    const padding = apart.shape.map((_, at): [number, number] =>
      at === axis + 1 ? [0, dilation - 1] : [0, 0],
    )
    const wide = tf.reshape(tf.pad(apart, padding), [...before, count * dilation, ...behind])
    const size = wide.shape.map((each, at) => (at === axis ? (count - 1) * dilation + 1 : each))
    result = tf.slice(wide, new Array(wide.rank).fill(0), size)
  }
  return result
}

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
    const { strides, dimRoundingMode } = attrs
    const dilations = perAxis(attrs.dilations, 2)
    const wide = isDilated(attrs, 2)
    const kernel = filter.shape.slice(0, 2)
    const reached = kernel.map((size, axis) => (size - 1) * dilations[axis]! + 1)
    const run = (name: string, tensors: object, more: object) =>
      tf
        .engine()
        .runKernel(
          name,
          tensors as never,
          { strides, pad: attrs.pad, dilations: [1, 1], dimRoundingMode, ...more } as never,
        ) as tf.Tensor
    return {
      x: () =>
        run(
          'DepthwiseConv2dNativeBackpropInput',
          { dy, filter: wide ? filled(filter, dilations) : filter },
          { inputShape: x.shape },
        ),
      filter() {
        const filterShape = [...reached, ...filter.shape.slice(2)]
        const grad = run('DepthwiseConv2dNativeBackpropFilter', { x, dy }, { filterShape })
        return wide ? emptied(grad, filter.shape, dilations) : grad
      },
    }
  },
}

const depthwiseRun = (attrs: ConvolutionAttrs) => (name: string, tensors: object, more: object) =>
  tf.engine().runKernel(
    name,
    tensors as never,
    {
      strides: attrs.strides,
      pad: attrs.pad,
      dilations: attrs.dilations ?? [1, 1],
      dimRoundingMode: attrs.dimRoundingMode,
      ...more,
    } as never,
  ) as tf.Tensor

/** The depthwise derivative by the image, differentiated again. */
export const depthwiseInputGradient: KernelGradient<ConvolutionAttrs> = {
  inputs: ['dy', 'filter'],
  by({ dy: ddx, inputs: { dy, filter }, attrs }) {
    const run = depthwiseRun(attrs)
    return {
      dy: () => run('DepthwiseConv2dNative', { x: ddx, filter }, { dataFormat: 'NHWC' }),
      filter: () =>
        run('DepthwiseConv2dNativeBackpropFilter', { x: ddx, dy }, { filterShape: filter!.shape }),
    }
  },
}

/** The depthwise derivative by the filter, differentiated again. */
export const depthwiseFilterGradient: KernelGradient<ConvolutionAttrs> = {
  inputs: ['x', 'dy'],
  by({ dy: ddw, inputs: { x, dy }, attrs }) {
    const run = depthwiseRun(attrs)
    return {
      x: () =>
        run('DepthwiseConv2dNativeBackpropInput', { dy, filter: ddw }, { inputShape: x!.shape }),
      dy: () => run('DepthwiseConv2dNative', { x, filter: ddw }, { dataFormat: 'NHWC' }),
    }
  },
}
