import { constant, filled, type Shape, sizeOf, type Value } from '../ir/index.ts'
import {
  blockedConvolution,
  blockFlippedParts,
  canBlock,
  type FilterPart,
} from './blocked-convolution.ts'
import type { OnnxBuilder } from './builder.ts'
import { positions } from './im2col.ts'
import { shapeIn } from './layout.ts'
import type { Target } from './target.ts'
import type { Window } from './window.ts'

/** The pixels that see the same taps: those a stride apart from one. */
interface Phase extends FilterPart {
  readonly first: readonly number[]
  /** How many pixels, per axis. */
  readonly space: readonly number[]
  /** Zeros around dy: before each axis, then after each. */
  readonly pads: readonly number[]
}

/** Taps of one axis that one of its phases sees, in the order of the pixels of dy that they meet. */
function axisOf({ kernel, strides, before, input, output }: Window, axis: number, phase: number) {
  const stride = strides[axis]!
  const taps = Array.from({ length: kernel[axis]! }, (_, tap) => tap)
    .filter((tap) => (phase + before[axis]! - tap) % stride === 0)
    .reverse()
  const space = Math.ceil((input[axis]! - phase) / stride)
  const first = (phase + before[axis]! - (taps[0] ?? 0)) / stride
  return { taps, space, pads: [-first, space + first + taps.length - 1 - output[axis]!] as const }
}

/** All phases that have a pixel; those that no window sees have no taps. */
function phasesOf(window: Window): Phase[] {
  return positions(window.strides).flatMap((first) => {
    const axes = first.map((phase, axis) => axisOf(window, axis, phase))
    const space = axes.map((each) => each.space)
    if (space.some((size) => size <= 0)) return []
    const kernel = axes.map(({ taps }) => taps.length)
    const taps = positions(kernel).map((place) =>
      place.reduce((row, at, axis) => row * window.kernel[axis]! + axes[axis]!.taps[at]!, 0),
    )
    return {
      first,
      space,
      kernel,
      taps,
      pads: [0, 1].flatMap((side) => axes.map((each) => each.pads[side]!)),
    }
  })
}

/** Whether {@link blockedPhases} can be: channels in whole blocks, and phases that meet all of dy. */
export function canBlockPhases(target: Target, filter: readonly number[], window: Window): boolean {
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  return (
    filter.length === 4 &&
    Number(sizeOf(window.strides)) > 1 &&
    Math.min(inputs, outputs) >= target.block &&
    canBlock(target, outputs, inputs) &&
    window.dilations.every((each) => each === 1) &&
    phasesOf(window).every(({ taps, pads }) => taps.length === 0 || pads.every((side) => side >= 0))
  )
}

/**
 * The gradient by the input of a convolution with a stride: one without for each phase of pixels, with the taps that it sees. All stays in blocks, of which rows are put in order.
 *
 * @param dy in blocks.
 * @param filter [...kernel, inputs, outputs]
 * @param shape of the result, channels last.
 * @returns in blocks.
 */
export function blockedPhases(
  builder: OnnxBuilder,
  { dy, filter }: { readonly dy: Value; readonly filter: Value },
  window: Window,
  shape: Shape,
  block: number,
): Value {
  const inputs = Number(filter.shape.at(-2))
  const [batch, blocks] = [Number(dy.shape[0]), inputs / block]
  const phases = phasesOf(window)
  const seen = phases.filter(({ taps }) => taps.length > 0)
  const filters = blockFlippedParts(builder, filter, seen, block)
  const parts = seen.map(({ kernel, pads, space }, at) => {
    const sums = blockedConvolution(builder, [dy, filters[at]!], { kernel_shape: kernel, pads }, [
      batch,
      inputs,
      ...space,
    ])
    return builder.reshape(sums, [batch, blocks * Number(sizeOf(space)), block])
  })
  if (seen.length < phases.length) {
    const zeros = () => filled(0, [batch, 1, block], 'float32')
    parts.push(builder.shared(`a row of zeros ${[batch, block]}`, zeros))
  }
  const index = builder.shared(`phases in order ${JSON.stringify([blocks, window])}`, () => {
    const rows = rowsOf(phases, window, blocks)
    return constant(rows, [rows.length], 'int32')
  })
  const all = parts.length === 1 ? parts[0]! : builder.concat(parts, 1)
  return builder.reshape(builder.gather(all, index, 1), shapeIn('blocked', shape))
}

/** Where each pixel of each block of channels lies among those of all phases, after which a row of zeros stands. */
function rowsOf(phases: readonly Phase[], { input, strides }: Window, blocks: number): Int32Array {
  const pixels = Number(sizeOf(input))
  const rows = new Int32Array(blocks * pixels).fill(-1)
  let begin = 0
  for (const { first, space, taps } of phases) {
    if (taps.length === 0) continue
    for (let outer = 0; outer < blocks; outer++) {
      for (const position of positions(space)) {
        const pixel = position.reduce(
          (row, at, axis) => row * input[axis]! + at * strides[axis]! + first[axis]!,
          0,
        )
        rows[outer * pixels + pixel] = begin++
      }
    }
  }
  return rows.map((row) => (row === -1 ? begin : row))
}
