import { ShapeError } from '@ashlar/errors'
import {
  ceilDiv,
  type Dim,
  floorDiv,
  formatSize,
  larger,
  minus,
  plus,
  roundedDiv,
  times,
} from '../ir/index.ts'

/** Padding as tfjs takes it: a mode, one number for all sides, or pairs per axis with batch and channels as zeros. */
export type Padding = 'same' | 'valid' | Dim | readonly (readonly [Dim, Dim])[]

export interface WindowAttrs<S extends Dim = number> {
  readonly strides: S | readonly S[]
  readonly pad: Padding
  readonly dilations?: number | readonly number[] | undefined
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | undefined
}

/** How a kernel's window moves over the spatial axes; all lists are per axis. */
export interface Window<D extends Dim = number, S extends Dim = number> {
  readonly kernel: readonly D[]
  readonly strides: readonly S[]
  readonly dilations: readonly number[]
  /** Zeros before and after each axis; after is what the last window needs, so it may be less than was asked for. */
  readonly before: readonly D[]
  readonly after: readonly D[]
  readonly input: readonly D[]
  readonly output: readonly D[]
}

/** A number given once for all axes, or one per axis; layers give null for what they were not told. */
export function perAxis<D extends Dim>(
  value: D | readonly D[] | undefined | null,
  axes: number,
): D[] {
  if (value == null) return Array(axes).fill(1)
  return Array.isArray(value) ? [...(value as readonly D[])] : Array(axes).fill(value)
}

/** Output sizes and paddings as TensorFlow defines them: plain numbers of plain numbers, and exact for sizes that vary. */
export function windowOf<D extends Dim, S extends Dim = number>(
  input: readonly D[],
  kernel: readonly D[],
  attrs: WindowAttrs<S>,
): Window<D, S> {
  const axes = input.length
  const strides = perAxis<S>(attrs.strides, axes)
  const dilations = perAxis(attrs.dilations, axes)
  const { pad } = attrs
  const before: Dim[] = []
  const after: Dim[] = []
  const output: Dim[] = []
  for (let axis = 0; axis < axes; axis++) {
    const [size, stride]: readonly [Dim, Dim] = [input[axis]!, strides[axis]!]
    const reach = reachOf(kernel[axis]!, dilations[axis]!)
    let start: Dim = 0
    let count: Dim
    if (pad === 'same') {
      count = ceilDiv(size, stride)
      start = floorDiv(larger(0, missing(size, count, stride, reach)), 2)
    } else if (pad === 'valid') {
      count = larger(0, ceilDiv(plus(minus(size, reach), 1), stride))
    } else {
      const [front, back] = isPairs(pad) ? pad[axis + 1]! : [pad, pad]
      const padded = minus(plus(size, front, back), reach)
      start = front
      count = plus(roundedDiv(attrs.dimRoundingMode ?? 'floor', padded, stride), 1)
    }
    before.push(start)
    output.push(count)
    after.push(larger(0, minus(missing(size, count, stride, reach), start)))
  }
  return { kernel, strides, dilations, before, after, input, output } as unknown as Window<D, S>
}

/**
 * The same of an image that is captured.
 *
 * @throws ShapeError for an image without pixels, or one that no window fits into.
 */
export function pixelsOf(
  where: string,
  input: readonly Dim[],
  kernel: readonly Dim[],
  attrs: WindowAttrs<Dim>,
): readonly Dim[] {
  const { output } = windowOf<Dim, Dim>(input, kernel, attrs)
  if ([...input, ...kernel, ...output].some((size) => typeof size === 'number' && size <= 0)) {
    throw new ShapeError({
      where,
      expected: `the image must be as large as a window of ${kernel.map(formatSize).join(' x ')}`,
      given: input.map(formatSize).join(' x '),
    })
  }
  return output
}

/** Whether a padding is one for each axis and side. */
export function isPairs(pad: Padding): pad is readonly (readonly [Dim, Dim])[] {
  return Array.isArray(pad)
}

/** How many elements a window reaches over. */
export function reachOf(kernel: Dim, dilation: number): Dim {
  return plus(times(minus(kernel, 1), dilation), 1)
}

/** How many elements so many windows see beyond the axis. */
function missing(size: Dim, count: Dim, stride: Dim, reach: Dim): Dim {
  return minus(plus(times(minus(count, 1), stride), reach), size)
}
