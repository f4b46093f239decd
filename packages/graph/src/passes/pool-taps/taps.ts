import { namedInput, sizeOf, type Value } from '../../ir/index.ts'
import { suitsColumns } from '../../lower/columns.ts'
import { type Padding, perAxis, type Window, windowOf } from '../../lower/window.ts'
import { tapKernel } from '../../ops/pool-taps.ts'
import type { Stem } from './find-stem.ts'

/** How many times the arithmetic of the convolution its larger form may have. */
const MOST_GROWTH = 3

/** The convolution whose output channels are the taps of a pooling. */
export interface Taps {
  readonly filterShape: readonly number[]
  readonly strides: readonly number[]
  readonly pool: readonly number[]
  /** The larger convolution. */
  readonly attrs: { readonly strides: readonly number[]; readonly pad: Padding }
}

/** The taps of a stem; undefined where windows overlap, leave the image, or the larger convolution would be too large. */
export function tapsOf({ convolution, pool }: Stem, block: number): Taps | undefined {
  const image = spaceOf(namedInput(convolution, 'x')!)
  const filterShape = namedInput(convolution, 'filter')!.shape as readonly number[]
  const inner = windowOf(image, filterShape.slice(0, -2), convolution.attrs as never)
  const { filterSize } = pool.attrs as unknown as { filterSize: number | readonly number[] }
  const outer = windowOf(inner.output, perAxis(filterSize, 2), pool.attrs as never)
  if (inner.dilations.some((each) => each !== 1) || !standApart(outer)) return undefined
  const [inputs, outputs] = [filterShape.at(-2)!, filterShape.at(-1)!]
  const kernel = tapKernel(inner.kernel, inner.strides, outer.kernel)
  const growth = Number(sizeOf(kernel)) / Number(sizeOf(inner.kernel))
  const isSmall = suitsColumns(kernel, inputs) && growth <= MOST_GROWTH
  if (!isSmall || outputs % block !== 0) return undefined
  const strides = inner.strides.map((stride, axis) => stride * outer.strides[axis]!)
  const sides = strides.map((stride, axis): [number, number] => {
    const end = (outer.output[axis]! - 1) * stride + kernel[axis]! - inner.before[axis]!
    return [inner.before[axis]!, Math.max(0, end - image[axis]!)]
  })
  const attrs = { strides, pad: [[0, 0], ...sides, [0, 0]] as Padding }
  // Where pixels are left over, the larger convolution may have room for windows that the pooling does not have.
  const { output } = windowOf(image, kernel, attrs)
  if (output.some((size, axis) => size !== outer.output[axis])) return undefined
  return { filterShape, strides: inner.strides, pool: outer.kernel, attrs }
}

function standApart({ kernel, strides, before, after }: Window): boolean {
  const isInside = [...before, ...after].every((side) => side === 0)
  const taps = Number(sizeOf(kernel))
  return isInside && taps > 1 && kernel.every((size, axis) => size <= strides[axis]!)
}

function spaceOf({ shape }: Value): readonly number[] {
  return shape.slice(1, -1) as readonly number[]
}
