import { type Dim, plus, type Shape, sameDim, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'

/** Smaller than any place counted from the end: the end of a backward slice that takes the first element too. */
export const TO_START: number = -(2 ** 31)

/** The part of `x` that starts at `begin` and has `shape`; both may depend on the captured size. */
export function sliceAt(
  builder: OnnxBuilder,
  x: Value,
  begin: readonly Dim[],
  shape: Shape,
): Value {
  const axes = [...shape.keys()].filter(
    (axis) => begin[axis] !== 0 || !sameDim(shape[axis]!, x.shape[axis]!),
  )
  if (axes.length === 0) return x
  const ends = axes.map((axis) => plus(begin[axis]!, shape[axis]!))
  const inputs = [x, builder.shape(axes.map((axis) => begin[axis]!)), builder.shape(ends)]
  return builder.node('Slice', [...inputs, builder.ints(axes)], {}, { shape, dtype: x.dtype })
}

/** `x` with the order along these axes turned round. */
export function reversed(builder: OnnxBuilder, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x
  const all = (value: number) => axes.map(() => value)
  return builder.slice(x, axes, all(-1), all(TO_START), x.shape, all(-1))
}

/** Elements `from`, `from + 1`, ... along one axis; the size there becomes `size`. */
export function takeAlong(
  builder: OnnxBuilder,
  x: Value,
  axis: number,
  from: Dim,
  size: Dim,
): Value {
  return sliceAt(
    builder,
    x,
    x.shape.map((_, at) => (at === axis ? from : 0)),
    x.shape.map((each, at) => (at === axis ? size : each)),
  )
}
