import {
  type Dim,
  larger,
  minus,
  plus,
  type Shape,
  sameDim,
  times,
  type Value,
} from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { positions } from './im2col.ts'
import { sliceAt } from './slices.ts'
import type { Window } from './window.ts'
import { paddedSpace } from './window-attributes.ts'

/** Windows over images [batch, channels, ...space] of any size. Their kernel has a fixed size. */
export interface FreeWindows extends Omit<Window<Dim>, 'kernel'> {
  readonly kernel: readonly number[]
}

/** What each place of the kernel sees, window by window: a tensor [batch, channels, ...output] for each. */
export function tapsOf(
  builder: OnnxBuilder,
  x: Value,
  windows: FreeWindows,
  filling: number,
): Value[] {
  const { before, input } = windows
  const after = lengthsOf(windows).map((length, axis) => minus(length, before[axis]!, input[axis]!))
  const padded = paddedSpace(builder, x, { before, after }, filling)
  const [front, covered] = [x.shape.slice(0, 2), coveredBy(windows)]
  return placesOf(windows).map((place) => {
    const seen = sliceAt(builder, padded, [0, 0, ...place], [...front, ...covered])
    const apart = builder.reshape(seen, blocksOf(front, windows, windows.strides))
    const firsts = blocksOf(front, windows, [])
    const zeros = firsts.map(() => 0)
    return builder.reshape(sliceAt(builder, apart, zeros, firsts), [...front, ...windows.output])
  })
}

/** The other way: what the places of the kernel give, added up where they see it. */
export function spreadTaps(
  builder: OnnxBuilder,
  parts: readonly Value[],
  windows: FreeWindows,
): Value {
  const { strides, before, input } = windows
  const front = parts[0]!.shape.slice(0, 2)
  const covered = coveredBy(windows)
  const lengths = lengthsOf(windows)
  const placed = placesOf(windows).map((place, index) => {
    const blocks = builder.reshape(parts[index]!, blocksOf(front, windows, []))
    const ends = strides.flatMap((stride) => [0, stride - 1])
    const widened = paddedSpace(builder, blocks, { before: ends.map(() => 0), after: ends }, 0)
    const image = builder.reshape(widened, [...front, ...covered])
    const after = place.map((at, axis) => minus(lengths[axis]!, covered[axis]!, at))
    return paddedSpace(builder, image, { before: place, after }, 0)
  })
  const sum = placed.reduce((all, each) => builder.add(all, each))
  return sliceAt(builder, sum, [0, 0, ...before], [...front, ...input])
}

/** Sizes of an image with all that windows see, and all that strides step over. */
function lengthsOf(windows: FreeWindows): Dim[] {
  const { kernel, dilations, before, input } = windows
  return coveredBy(windows).map((covered, axis) => {
    const reach = (kernel[axis]! - 1) * dilations[axis]!
    const [seen, given] = [plus(covered, reach), plus(before[axis]!, input[axis]!)]
    return sameDim(seen, given) ? seen : larger(seen, given)
  })
}

/** How far each place of the kernel is from the first. */
function placesOf({ kernel, dilations }: FreeWindows): number[][] {
  return positions(kernel).map((place) => place.map((at, axis) => at * dilations[axis]!))
}

function coveredBy({ output, strides }: FreeWindows): Dim[] {
  return output.map((count, axis) => times(count, strides[axis]!))
}

/** [...front, output, block, output, block, ...] */
function blocksOf(front: Shape, { output }: FreeWindows, blocks: readonly number[]): Dim[] {
  return [...front, ...output.flatMap((count, axis) => [count, blocks[axis] ?? 1])]
}
