import { ShapeError } from '@ashlar/errors'
import {
  boundsOf,
  ceilDiv,
  type Dim,
  larger,
  minus,
  plus,
  type Shape,
  smaller,
  times,
} from '../ir/index.ts'
import { TO_START } from '../lower/slices.ts'

/** A slice as TensorFlow has it; bit i of a mask is about entry i of the lists. */
export interface StridedSliceAttrs {
  readonly begin: readonly Dim[]
  readonly end: readonly Dim[]
  readonly strides: readonly number[]
  /** From the first element on. */
  readonly beginMask: number
  /** To the last. */
  readonly endMask: number
  /** All of as many axes as are left over. */
  readonly ellipsisMask: number
  /** A new axis of 1. */
  readonly newAxisMask: number
  /** One element, and the axis is left out. */
  readonly shrinkAxisMask: number
}

/** A slice along each axis of a tensor, as ONNX has it. */
export interface Slices {
  readonly begin: readonly Dim[]
  readonly end: readonly Dim[]
  readonly strides: readonly number[]
  /** How many elements it takes along each axis. */
  readonly sizes: Shape
  /** The same with new axes, and without those of one element. */
  readonly shape: Shape
}

/** To the last element, which ONNX cuts to the size. */
const TO_END = 2 ** 31 - 1

/**
 * What a slice takes of a tensor.
 *
 * @throws ShapeError for a stride of 0, more entries than axes, or one element that does not exist.
 */
export function slicesOf(shape: Shape, attrs: StridedSliceAttrs): Slices {
  const { begin: starts, end: stops, strides: steps } = attrs
  const has = (mask: number, entry: number) => (mask & (1 << entry)) !== 0
  const entries = [...steps.keys()]
  const ellipsis = entries.find((entry) => has(attrs.ellipsisMask, entry))
  const isNew = (entry: number) => has(attrs.newAxisMask, entry) && entry !== ellipsis
  const used = entries.filter((entry) => entry !== ellipsis && !isNew(entry)).length
  if (used > shape.length || steps.includes(0)) {
    throw new ShapeError({
      where: 'stridedSlice',
      expected: `must have strides other than 0, for at most ${shape.length} axes`,
      given: { shape, begin: starts, end: stops, strides: steps },
    })
  }
  const begin: Dim[] = []
  const end: Dim[] = []
  const strides: number[] = []
  const sizes: Dim[] = []
  const final: Dim[] = []
  const whole = (count: number) => {
    for (let index = 0; index < count; index++) {
      const size = shape[sizes.length]!
      begin.push(0)
      end.push(TO_END)
      strides.push(1)
      sizes.push(size)
      final.push(size)
    }
  }
  for (const entry of entries) {
    if (entry === ellipsis) {
      whole(shape.length - used)
    } else if (isNew(entry)) {
      final.push(1)
    } else {
      const size = shape[sizes.length]!
      const isOne = has(attrs.shrinkAxisMask, entry)
      const part = isOne
        ? oneOf(size, starts[entry]!)
        : partOf(size, {
            stride: steps[entry]!,
            start: has(attrs.beginMask, entry) ? undefined : starts[entry]!,
            stop: has(attrs.endMask, entry) ? undefined : stops[entry]!,
          })
      begin.push(part.begin)
      end.push(part.end)
      strides.push(part.stride)
      sizes.push(part.count)
      if (!isOne) final.push(part.count)
    }
  }
  whole(shape.length - sizes.length)
  return { begin, end, strides, sizes, shape: final }
}

interface Part {
  readonly begin: Dim
  readonly end: Dim
  readonly stride: number
  readonly count: Dim
}

/** A single element; -1 is the last. */
function oneOf(size: Dim, at: Dim): Part {
  const place = fromFront(size, at)
  if (typeof place === 'number' && typeof size === 'number' && (place < 0 || place >= size)) {
    throw new ShapeError({
      where: 'stridedSlice',
      expected: `the index must be from ${-size} to ${size - 1}`,
      given: at,
    })
  }
  return { begin: place, end: plus(place, 1), stride: 1, count: 1 }
}

function partOf(
  size: Dim,
  given: {
    readonly stride: number
    readonly start: Dim | undefined
    readonly stop: Dim | undefined
  },
): Part {
  const { stride, start, stop } = given
  const isForward = stride > 0
  // Before the first element when it goes backwards is -1.
  const [least, most] = isForward ? [0, size] : [-1, minus(size, 1)]
  const [first, last] = isForward ? [least, most] : [most, least]
  const within = (place: Dim) => smaller(larger(place, least), most)
  const from = start === undefined ? first : within(fromFront(size, start))
  const to = stop === undefined ? last : within(fromFront(size, stop))
  const length = isForward ? minus(to, from) : minus(from, to)
  const count = larger(0, ceilDiv(length, Math.abs(stride)))
  if (isForward) return { begin: from, end: to, stride, count }
  // To ONNX -1 is the last element; all the way is said by a number smaller than any place, and no way by a start before the first.
  const end = to === -1 ? TO_START : to
  return typeof to === 'number' || boundsOf(to)[0] >= 0
    ? { begin: from, end, stride, count }
    : { begin: from, end: minus(to, times(larger(0, times(to, -1)), -TO_START)), stride, count }
}

/** Places below zero count from the end. */
function fromFront(size: Dim, place: Dim): Dim {
  if (typeof place === 'number') return place < 0 ? plus(size, place) : place
  const [low, high] = boundsOf(place)
  if (low >= 0) return place
  // Nothing was captured that could be on either side.
  return high < 0 || place.samples.every((each) => each < 0) ? plus(size, place) : place
}
