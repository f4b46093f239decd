import type { AttributeValue, OnnxGraph } from '../file/graph.ts'
import type { FileTensor } from '../file/tensor.ts'
import { isFloat, type OnnxType, SMALL_RANGES } from '../file/types.ts'

/** What whole numbers stand for: (number - zero) * scale, with one scale for all, one along an axis, or one for each block along it. */
export interface Grid {
  readonly scales: Float32Array
  /** As many as there are scales; none where all are 0. */
  readonly zeros: readonly number[]
  /** Of the whole numbers; undefined where nothing says it. */
  readonly type: OnnxType | undefined
  readonly axis: number
  /** Numbers along the axis that share a scale; 0 where blocks are not meant. */
  readonly block: number
}

/** Where a grid is found. */
interface GridPlace {
  readonly scale: string | undefined
  readonly zero: string | undefined
  readonly axis?: AttributeValue
  readonly block?: AttributeValue
}

/** The grid that tensors of the file say; undefined where it is computed. */
export function gridOf(
  { initializers }: OnnxGraph,
  { scale, zero, axis = 0, block = 0 }: GridPlace,
): Grid | undefined {
  const scales = initializers.get(scale ?? '')
  const zeros = zero ? initializers.get(zero) : undefined
  if (scales === undefined || !isFloat(scales.type) || (zero && zeros === undefined)) {
    return undefined
  }
  const numbers = (zeros?.data ?? []) as readonly number[]
  return {
    scales: scales.data as Float32Array,
    zeros: numbers.every((each) => each === 0) ? [] : numbers,
    type: zeros?.type,
    axis: scales.data.length === 1 ? 0 : Number(axis),
    block: scales.data.length === 1 ? 0 : Number(block),
  }
}

/** Whether whole numbers stand for the same in both. */
export function areEqual(one: Grid, other: Grid): boolean {
  const { scales, zeros, axis, block } = one
  return (
    axis === other.axis &&
    block === other.block &&
    scales.length === other.scales.length &&
    scales.every((scale, at) => scale === other.scales[at]) &&
    zeros.length === other.zeros.length &&
    zeros.every((zero, at) => zero === other.zeros[at])
  )
}

/** Numbers that all whole ones stand for, row by row; undefined for a tensor that the grid is not of. */
export function floatsOf(tensor: FileTensor, grid: Grid): Float32Array | undefined {
  const place = placesOf(tensor.shape, grid)
  if (place === undefined) return undefined
  const whole = tensor.data as readonly number[]
  return Float32Array.from(whole, (each, at) => {
    const own = place(at)
    return Math.fround(each - (grid.zeros[own] ?? 0)) * grid.scales[own]!
  })
}

/** Floats as they are after they were rounded to whole numbers and back. */
export function roundedFloats(tensor: FileTensor, grid: Grid): Float32Array | undefined {
  const place = placesOf(tensor.shape, grid)
  if (place === undefined) return undefined
  const [low, high] = SMALL_RANGES[grid.type ?? 'uint8'] ?? [-(2 ** 31), 2 ** 31 - 1]
  return Float32Array.from(tensor.data as Float32Array, (each, at) => {
    const own = place(at)
    const [scale, zero] = [grid.scales[own]!, grid.zeros[own] ?? 0]
    const whole = Math.min(high, Math.max(low, roundedToEven(Math.fround(each / scale)) + zero))
    return (whole - zero) * scale
  })
}

/** The whole number next to a number; of two, the even one. */
function roundedToEven(x: number): number {
  const near = Math.round(x)
  return near - x === 0.5 && near % 2 !== 0 ? near - 1 : near
}

/** Which scale a number has, by its place; undefined where there are not as many as there should be. */
function placesOf(
  shape: readonly number[],
  { scales, zeros, axis, block }: Grid,
): ((at: number) => number) | undefined {
  if (zeros.length > 0 && zeros.length !== scales.length) return undefined
  if (scales.length === 1) return () => 0
  const along = axis < 0 ? axis + shape.length : axis
  const size = shape[along]
  if (size === undefined) return undefined
  const product = (sizes: readonly number[]) => sizes.reduce((all, each) => all * each, 1)
  const inner = product(shape.slice(along + 1))
  const row = (at: number) => Math.floor(at / inner) % size
  if (block === 0) return scales.length === size ? row : undefined
  const blocks = Math.ceil(size / block)
  if (scales.length !== product(shape.slice(0, along)) * blocks * inner) return undefined
  return (at) => {
    const outer = Math.floor(at / (inner * size))
    return (outer * blocks + Math.floor(row(at) / block)) * inner + (at % inner)
  }
}

/**
 * What rounding to a grid cuts off, where that is what a network means by it: an activation that a quantizer left out, as its bounds are those of the numbers. Such a one ends at exactly 0; from
 * above it is bounded where that is a whole number, as 6 is, and not where it is whatever was the largest number that was seen.
 */
export function boundsOf({
  scales,
  zeros,
  type = 'uint8',
}: Grid): { readonly low: 0; readonly high: number | undefined } | undefined {
  const range = SMALL_RANGES[type]
  if (range === undefined || scales.length !== 1 || (zeros[0] ?? 0) !== range[0]) return undefined
  const high = (range[1] - range[0]) * scales[0]!
  const whole = Math.round(high)
  const isWhole = whole > 0 && Math.abs(high - whole) <= 1e-6 * whole
  return { low: 0, high: isWhole ? whole : undefined }
}
