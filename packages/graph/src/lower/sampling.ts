import { type Dim, minus, times as product, type Shape, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'

/**
 * Pixels of images [batch, height, width, channels] at whole-numbered places, for any number of places at once. Places outside are moved to the
 * edge; whoever wants something else there says so with {@link inside}.
 */
export function pixelsAt(
  builder: OnnxBuilder,
  images: Value,
  { batch, row, column }: { readonly batch: Value; readonly row: Value; readonly column: Value },
): Value {
  const [count, height, width, channels] = images.shape as readonly [Dim, Dim, Dim, Dim]
  const size = product(count, height, width)
  const flat = builder.reshape(images, [size, channels])
  const within = (place: Value, limit: Dim): Value => {
    const last = builder.scalar(minus(limit, 1), 'int64')
    const bounds = [builder.cast(place, 'int64'), builder.scalar(0, 'int64'), last]
    return builder.node('Clip', bounds, {}, { shape: place.shape, dtype: 'int64' })
  }
  const times = (place: Value, factor: Dim) => builder.mul(place, builder.scalar(factor, 'int64'))
  const rows = builder.add(times(within(batch, count), height), within(row, height))
  return builder.gather(flat, builder.add(times(rows, width), within(column, width)), 0)
}

/** Whether places are from 0 to size - 1. */
export function inside(builder: OnnxBuilder, place: Value, size: Dim): Value {
  const last = builder.scalar(minus(size, 1), place.dtype)
  return builder.binary(
    'And',
    builder.binary('GreaterOrEqual', place, builder.scalar(0, place.dtype), 'bool'),
    builder.binary('LessOrEqual', place, last, 'bool'),
  )
}

/** `values` [..., channels] where the mask [...] holds, elsewhere a number. */
export function masked(builder: OnnxBuilder, mask: Value, values: Value, otherwise: number): Value {
  const flags = builder.reshape(mask, [...mask.shape, 1] as Shape)
  const filling = builder.scalar(otherwise, values.dtype)
  return builder.where(flags, values, filling)
}

/** a + (b - a) * share, where the shares [...] belong to values [..., channels]. */
export function between(builder: OnnxBuilder, a: Value, b: Value, share: Value): Value {
  const factor = builder.reshape(builder.cast(share, a.dtype), [...share.shape, 1] as Shape)
  return builder.add(a, builder.mul(builder.sub(b, a), factor))
}

/** The nearest whole number; halves go up, as JavaScript has it. */
export function rounded(builder: OnnxBuilder, place: Value): Value {
  return builder.unary('Floor', builder.add(place, builder.scalar(0.5, place.dtype)))
}
