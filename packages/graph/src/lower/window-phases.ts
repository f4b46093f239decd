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
 * Whether planes in blocks of channels can be taken apart into phases and put together again: each window has a pixel of the image, without gaps, and is met by one of
 * each phase.
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

/** The reverse: sums the windows' values back into the pixels that they came from, [images, windows, block] per tap. What came of no pixel is left out. */
export function spreadPhases(
  builder: OnnxBuilder,
  parts: readonly Value[],
  window: Window,
  shape: readonly Dim[],
): Value {
  const { kernel, strides, input, output } = window
  const [images, , block] = parts[0]!.shape as readonly [number, number, number]
  const taps = positions(kernel).map((tap) => meet(tap, window))
  const phases = positions(strides).filter((phase) =>
    phase.every((first, axis) => first < input[axis]!),
  )
  const places: number[] = []
  let before = 0
  const planes = phases.map((phase) => {
    const space = phase.map((first, axis) => Math.ceil((input[axis]! - first) / strides[axis]!))
    for (const [at, position] of positions(space).entries()) {
      const row = position.reduce(
        (sum, each, axis) => sum * input[axis]! + each * strides[axis]! + phase[axis]!,
        0,
      )
      places[row] = at + before
    }
    before += Number(sizeOf(space))
    const met = taps.flatMap((meetings, index) =>
      meetings.every((each, axis) => each.phase === phase[axis]) ? [{ meetings, index }] : [],
    )
    const planeShape = [images, block, ...space]
    const sum = met
      .map(({ meetings, index }) => {
        const plane = builder.reshape(parts[index]!, [images, block, ...output])
        return moved(builder, plane, meetings, planeShape)
      })
      .reduce<Value | undefined>(
        (total, each) => (total === undefined ? each : builder.add(each, total)),
        undefined,
      )
    const whole = sum ?? builder.full(0, planeShape)
    return builder.reshape(whole, [images, Number(sizeOf(space)), block])
  })
  const channelsFirst = [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)]
  if (planes.length === 1) return builder.reshape(planes[0]!, channelsFirst)
  const all = builder.concat(planes, 1)
  return builder.reshape(builder.gather(all, indexList(builder, places), 1), channelsFirst)
}

/** A plane moved to where a tap meets it, zeros where it does not: a convolution of each channel by itself whose filter is one at one place. */
function moved(
  builder: OnnxBuilder,
  plane: Value,
  meetings: readonly Meeting[],
  shape: readonly number[],
): Value {
  if (meetings.every(({ shift, behind }) => shift === 0 && behind === 0)) return plane
  const block = shape[1]!
  const kernel = meetings.map(({ shift }) => Math.abs(shift) + 1)
  const place = meetings.reduce(
    (row, { shift }, axis) => row * kernel[axis]! + Math.max(-shift, 0),
    0,
  )
  const filter = builder.shared(`moved ${[kernel, place, block]}`, () => {
    const numbers = new Float32Array(Number(sizeOf(kernel)) * block)
    numbers.fill(1, place * block, (place + 1) * block)
    return constant(numbers, [block, 1, ...kernel], 'float32')
  })
  const ahead = meetings.map(({ shift }) => Math.max(shift, 0))
  const behind = meetings.map((each) => each.behind)
  const attrs = { kernel_shape: kernel, pads: [...ahead, ...behind], group: block }
  return blockedConvolution(builder, [plane, filter], attrs, shape)
}
