import type { Dim, Shape } from '../ir/index.ts'

/**
 * How the axes of a tensor of rank 3 to 5 lie in memory.
 * - `last`: channels last, as tfjs has them (NHWC);
 * - `first`: channels moved to axis 1, as ONNX convolutions want them (NCHW);
 * - `blocked`: onnxruntime's NCHWc: shaped as `first`, with blocks of channels innermost. Never in a file for others.
 */
export type Layout = 'last' | 'first' | 'blocked'

/** Where each axis of a channels-last tensor stands in the given layout. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis
  if (layout === 'last' || positive === 0) return positive
  return positive === rank - 1 ? 1 : positive + 1
}

/** A channels-last shape, reordered for the layout. */
export function shapeIn(layout: Layout, shape: Shape): Shape {
  if (layout === 'last') return shape
  return [shape[0]!, shape.at(-1)!, ...shape.slice(1, -1)] as readonly Dim[]
}

/** Perm of the Transpose from channels last to channels first. */
export function toFirst(rank: number): readonly number[] {
  return [0, rank - 1, ...range(1, rank - 1)]
}

/** Perm of the Transpose from channels first to channels last. */
export function toLast(rank: number): readonly number[] {
  return [0, ...range(2, rank), 1]
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index)
}
