import { constant, type Dim, isStatic, sizeOf, type Value } from '../ir/index.ts'
import { blockedConvolution } from './blocked-convolution.ts'
import type { OnnxBuilder } from './builder.ts'
import { positions } from './im2col.ts'
import type { Window } from './window.ts'
import { fillRow, indexList, LOWEST, type Rows } from './window-rows.ts'

// Pixels that are a stride apart are a phase: a tap of all windows meets pixels of one phase alone, as they lie, or moved on by a pixel or so.

/** Where one tap meets an axis. */
interface Meeting {
  readonly phase: number
  /** Window `at` meets the pixel `at + shift` of the phase. */
  readonly shift: number
  /** Pixels of the phase behind the last that is met. */
  readonly behind: number
}

/**
 * Whether planes in blocks of channels can be taken apart into phases and put together again: each window has a pixel of the image, without gaps, and no
 * phase is shorter than its windows need.
 */
export function canTakePhases({ layout, value }: Rows, window: Window): boolean {
  const { kernel, strides, before, input, output, dilations } = window
  const sees = kernel.every((size, axis) => {
    const last = (output[axis]! - 1) * strides[axis]! - before[axis]!
    return dilations[axis] === 1 && before[axis]! < size && last < input[axis]!
  })
  return (
    layout === 'blocked' &&
    kernel.length === 2 &&
    isStatic(value.shape) &&
    sees &&
    positions(kernel).every((tap) => meet(tap, window).every(({ behind }) => behind >= 0))
  )
}

function meet(tap: readonly number[], window: Window): Meeting[] {
  const { strides, before, input, output } = window
  return tap.map((each, axis) => {
    const [stride, place] = [strides[axis]!, each - before[axis]!]
    const shift = Math.floor(place / stride)
    const phase = place - shift * stride
    const pixels = Math.ceil((input[axis]! - phase) / stride)
    return { phase, shift, behind: pixels - output[axis]! - Math.min(shift, 0) }
  })
}

/**
 * What each window sees, one tensor [images, windows, block] per tap. A tap behind the end of the image sees the pixel nearest to it, which one before it in the same window sees, too: a
 * maximum is the same and is met there first. Before its beginning stands the lowest number.
 */
export function phaseTaps(builder: OnnxBuilder, rows: Rows, window: Window): Value[] {
  const { input, output, strides, before } = window
  const pixels = Number(sizeOf(input))
  let filled: Value | undefined
  return positions(window.kernel).map((tap) => {
    const index = positions(output).map((position) => {
      const pixel = position.map((at, axis) => at * strides[axis]! - before[axis]! + tap[axis]!)
      if (pixel.some((at) => at < 0)) return pixels
      return pixel.reduce((row, at, axis) => row * input[axis]! + Math.min(at, input[axis]! - 1), 0)
    })
    if (!index.includes(pixels)) {
      return builder.gather(rows.value, indexList(builder, index), 1)
    }
    filled ??= builder.concat([rows.value, fillRow(builder, rows.value, LOWEST)], 1)
    return builder.gather(filled, indexList(builder, index), 1)
  })
}

/**
 * The reverse: sums the windows' values back into the pixels that they came from, [images, windows, block] per tap. What came of no pixel is left out. Taps that have the same values, as
 * those of an average, are added up by one convolution.
 */
export function spreadPhases(
  builder: OnnxBuilder,
  parts: readonly Value[],
  window: Window,
  shape: readonly Dim[],
): Value {
  const { kernel, strides, input, output } = window
  const [images, , block] = parts[0]!.shape as readonly [number, number, number]
  const taps = positions(kernel).map((tap) => meet(tap, window))
  const planeOf = new Map(
    parts.map((part) => [part, builder.reshape(part, [images, block, ...output])]),
  )
  const sumOf = (phase: readonly number[], space: readonly number[]) => {
    const met = new Map<Value, Meeting[][]>()
    for (const [index, meetings] of taps.entries()) {
      if (meetings.some((each, axis) => each.phase !== phase[axis])) continue
      const part = parts[index]!
      met.set(part, [...(met.get(part) ?? []), meetings])
    }
    const planeShape = [images, block, ...space]
    return [...met]
      .map(([part, each]) => moved(builder, planeOf.get(part)!, each, planeShape))
      .reduce<Value | undefined>(
        (total, each) => (total === undefined ? each : builder.add(each, total)),
        undefined,
      )
  }
  const begins = new Map<Value, number>()
  const places: number[] = []
  let end = 0
  for (const phase of positions(strides)) {
    if (phase.some((first, axis) => first >= input[axis]!)) continue
    const space = phase.map((first, axis) => Math.ceil((input[axis]! - first) / strides[axis]!))
    const plane = sumOf(phase, space) ?? builder.full(0, [images, block, ...space])
    if (!begins.has(plane)) {
      begins.set(plane, end)
      end += Number(sizeOf(space))
    }
    for (const [at, position] of positions(space).entries()) {
      const row = position.reduce(
        (sum, each, axis) => sum * input[axis]! + each * strides[axis]! + phase[axis]!,
        0,
      )
      places[row] = begins.get(plane)! + at
    }
  }
  const planes = [...begins.keys()].map((plane) =>
    builder.reshape(plane, [images, Number(sizeOf(plane.shape.slice(2))), block]),
  )
  const all = planes.length === 1 ? planes[0]! : builder.concat(planes, 1)
  const isWhole = places.every((place, at) => place === at)
  const rows = isWhole ? all : builder.gather(all, indexList(builder, places), 1)
  return builder.reshape(rows, [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)])
}

/**
 * A plane moved to where taps meet it and added up, zeros where they do not: a convolution of each channel by itself, whose filter is one for each of the taps.
 *
 * @param meetings of one phase.
 */
function moved(
  builder: OnnxBuilder,
  plane: Value,
  meetings: readonly (readonly Meeting[])[],
  shape: readonly number[],
): Value {
  const [first] = meetings as readonly [readonly Meeting[]]
  if (meetings.length === 1 && first.every(({ shift, behind }) => shift === 0 && behind === 0)) {
    return plane
  }
  const block = shape[1]!
  const shifts = first.map((_, axis) => [0, ...meetings.map((each) => each[axis]!.shift)])
  const ahead = shifts.map((each) => Math.max(...each))
  const kernel = shifts.map((each, axis) => ahead[axis]! - Math.min(...each) + 1)
  const places = meetings.map((each) =>
    each.reduce((row, { shift }, axis) => row * kernel[axis]! + ahead[axis]! - shift, 0),
  )
  const filter = builder.shared(`moved ${[kernel, block]} ${places}`, () => {
    const numbers = new Float32Array(Number(sizeOf(kernel)) * block)
    for (const place of places) numbers.fill(1, place * block, (place + 1) * block)
    return constant(numbers, [block, 1, ...kernel], 'float32')
  })
  const sizes = plane.shape.slice(2) as readonly number[]
  const behind = kernel.map(
    (size, axis) => shape[axis + 2]! + size - 1 - ahead[axis]! - sizes[axis]!,
  )
  const attrs = { kernel_shape: kernel, pads: [...ahead, ...behind], group: block }
  return blockedConvolution(builder, [plane, filter], attrs, shape)
}
