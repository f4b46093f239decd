import type { Dim } from '../ir/index.ts'

/** Padding as tfjs takes it: a mode, one number for all sides, or pairs per axis with batch and channels as zeros. */
export type Padding = 'same' | 'valid' | number | readonly (readonly [number, number])[]

export interface WindowAttrs {
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dilations?: number | readonly number[] | undefined
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | undefined
}

/** How a kernel's window moves over the spatial axes; all lists are per axis. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Zeros before and after each axis; after is what the last window needs, so it may be less than was asked for. */
  readonly before: readonly number[]
  readonly after: readonly number[]
  readonly input: readonly number[]
  readonly output: readonly number[]
}

/** A number given once for all axes, or one per axis; layers give null for what they were not told. */
export function perAxis(
  value: number | readonly number[] | undefined | null,
  axes: number,
): number[] {
  if (value == null) return Array(axes).fill(1)
  return typeof value === 'number' ? Array(axes).fill(value) : [...value]
}

/** Output sizes and paddings as TensorFlow defines them. Sizes must be known. */
export function windowOf(
  input: readonly number[],
  kernel: readonly number[],
  attrs: WindowAttrs,
): Window {
  const axes = input.length
  const strides = perAxis(attrs.strides, axes)
  const dilations = perAxis(attrs.dilations, axes)
  const { pad } = attrs
  const round = ROUNDING[attrs.dimRoundingMode ?? 'floor']
  const before: number[] = []
  const after: number[] = []
  const output: number[] = []
  for (let axis = 0; axis < axes; axis++) {
    const [size, stride] = [input[axis]!, strides[axis]!]
    const reach = (kernel[axis]! - 1) * dilations[axis]! + 1
    let start = 0
    let count: number
    if (pad === 'same') {
      count = Math.ceil(size / stride)
      start = Math.floor(Math.max(0, (count - 1) * stride + reach - size) / 2)
    } else if (pad === 'valid') {
      count = Math.max(0, Math.ceil((size - reach + 1) / stride))
    } else {
      const [front, back] = typeof pad === 'number' ? [pad, pad] : pad[axis + 1]!
      start = front
      count = round((size + front + back - reach) / stride + 1)
    }
    before.push(start)
    output.push(count)
    after.push(Math.max(0, (count - 1) * stride + reach - size - start))
  }
  return { kernel, strides, dilations, before, after, input, output }
}

const ROUNDING = { floor: Math.floor, round: Math.round, ceil: Math.ceil }

/**
 * Attributes of an ONNX convolution or pooling. Where a spatial size is not fixed, `same` is left to the runtime (SAME_UPPER is
 * TensorFlow's rule) and numbers are passed on.
 */
export function windowAttributes(
  input: readonly Dim[],
  kernel: readonly number[],
  attrs: WindowAttrs,
): Record<string, readonly number[] | string> {
  const axes = input.length
  const common: Record<string, readonly number[]> = { kernel_shape: kernel }
  const strides = perAxis(attrs.strides, axes)
  const dilations = perAxis(attrs.dilations, axes)
  if (strides.some((each) => each !== 1)) common.strides = strides
  if (dilations.some((each) => each !== 1)) common.dilations = dilations
  let pads: readonly number[]
  if (input.every((size) => typeof size === 'number')) {
    const window = windowOf(input as readonly number[], kernel, attrs)
    pads = [...window.before, ...window.after]
  } else if (attrs.pad === 'same') {
    return { ...common, auto_pad: 'SAME_UPPER' }
  } else if (attrs.pad === 'valid') {
    return common
  } else {
    const { pad } = attrs
    const side = (index: 0 | 1) =>
      input.map((_, axis) =>
        typeof pad === 'number' ? pad : (pad[axis + 1] as [number, number])[index],
      )
    pads = [...side(0), ...side(1)]
  }
  return pads.some((each) => each !== 0) ? { ...common, pads } : common
}
