import type { Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Window } from './window.ts'

/** A window without the taps that only ever meet padding, and where in the whole kernel its taps lie. */
export interface TrimmedWindow {
  readonly window: Window
  /** First tap kept, per axis. */
  readonly start: readonly number[]
  /** Size of the whole kernel, per axis. */
  readonly whole: readonly number[]
}

/**
 * Leaves out the taps of a kernel that see nothing but padding: on a plane of one pixel, a 3x3 kernel with `same` padding has one tap that
 * counts, and eight ninths of its arithmetic are zeros.
 */
export function trimWindow(window: Window): TrimmedWindow {
  const { kernel, strides, dilations, before, input, output } = window
  const ranges = kernel.map((size, axis) => {
    const meets = (tap: number) => {
      const offset = tap * dilations[axis]! - before[axis]!
      // Some window position puts this tap on a pixel.
      return Array.from({ length: output[axis]! }, (_, at) => at * strides[axis]! + offset).some(
        (at) => at >= 0 && at < input[axis]!,
      )
    }
    const taps = Array.from({ length: size }, (_, tap) => tap).filter(meets)
    return taps.length === 0
      ? { first: 0, last: size - 1 }
      : { first: taps[0]!, last: taps.at(-1)! }
  })
  const cut = (axis: number) => ranges[axis]!.first * dilations[axis]!
  const trimmed = ranges.map(({ first, last }) => last - first + 1)
  return {
    start: ranges.map(({ first }) => first),
    whole: kernel,
    window: {
      ...window,
      kernel: trimmed,
      // A negative number means that the first pixels are skipped.
      before: before.map((side, axis) => side - cut(axis)),
      after: output.map((count, axis) => {
        const reach = (trimmed[axis]! - 1) * dilations[axis]! + 1
        const start = before[axis]! - cut(axis)
        return (count - 1) * strides[axis]! + reach - input[axis]! - start
      }),
    },
  }
}

/** Whether anything was trimmed. */
export function isTrimmed({ window, whole }: TrimmedWindow): boolean {
  return window.kernel.some((size, axis) => size !== whole[axis])
}

/** The taps of a filter [...kernel, inputs, outputs] that the trimmed window uses. */
export function trimFilter(builder: OnnxBuilder, filter: Value, trimmed: TrimmedWindow): Value {
  if (!isTrimmed(trimmed)) return filter
  const { start, window } = trimmed
  return builder.slice(
    filter,
    start.map((_, axis) => axis),
    start,
    start.map((first, axis) => first + window.kernel[axis]!),
    [...window.kernel, ...filter.shape.slice(-2)],
  )
}

/** The reverse for a gradient: zeros where the whole filter has taps that were trimmed. */
export function padFilter(builder: OnnxBuilder, gradient: Value, trimmed: TrimmedWindow): Value {
  if (!isTrimmed(trimmed)) return gradient
  const { start, window, whole } = trimmed
  const ends = whole.map((size, axis) => size - start[axis]! - window.kernel[axis]!)
  const pads = [...start, 0, 0, ...ends, 0, 0]
  return builder.node(
    'Pad',
    [gradient, builder.ints(pads)],
    {},
    {
      shape: [...whole, ...gradient.shape.slice(-2)],
      dtype: gradient.dtype,
    },
  )
}
