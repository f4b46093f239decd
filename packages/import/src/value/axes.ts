import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { identity, isReal, Value } from './value.ts'

/** An axis counted from the front. */
export function axisOf(axis: number, rank: number, where: string): number {
  const positive = axis < 0 ? axis + rank : axis
  if (Number.isInteger(axis) && positive >= 0 && positive < Math.max(rank, 1)) return positive
  throw new ShapeError({
    where,
    expected: `an axis must be from ${-rank} to ${rank - 1}`,
    given: axis,
  })
}

/** Axes counted from the front, ascending, each once. */
export function axesOf(axes: readonly number[], rank: number, where: string): number[] {
  return [...new Set(axes.map((axis) => axisOf(axis, rank, where)))].sort((a, b) => a - b)
}

/** Where an axis of the file lies in the tensor. */
export function placeOf(value: Value, axis: number): number {
  return value.order.indexOf(axis)
}

/** The order that images lie in: channels last. */
export function channelsLast(rank: number): number[] {
  return rank < 3 ? identity(rank) : [0, ...identity(rank).slice(2), 1]
}

/** The order of a value with one axis moved to the end, the others as they lie. */
export function lastOrder(value: Value, axis: number): number[] {
  return [...value.order.filter((each) => each !== axis), axis]
}

/** The same value with more leading axes of one element: what broadcasting makes of it. */
export function withRank(value: Value, rank: number): Value {
  const more = rank - value.rank
  if (more <= 0) return value
  if (value.host !== undefined) return value.withLeading(more)
  const tensor = value.lying()
  const order = [...identity(more), ...value.order.map((axis) => axis + more)]
  return Value.of(
    value.type,
    tf.reshape(tensor, [...new Array<number>(more).fill(1), ...tensor.shape]),
    order,
  )
}

/** Tensors that broadcast with each other, brought to one order: that of the largest that is a tensor. */
export function aligned(values: readonly Value[]): {
  readonly tensors: tf.Tensor[]
  readonly order: readonly number[]
} {
  const rank = Math.max(...values.map((value) => value.rank))
  const sized = [...values].sort(
    (a, b) => Number(b.isTensor) - Number(a.isTensor) || b.rank - a.rank || b.size - a.size,
  )
  const first = sized[0]!
  const order = first.rank === rank ? first.order : withRank(first, rank).order
  const tensors = values.map((value) =>
    // A scalar broadcasts as it is.
    value.rank === 0 ? value.plain() : withRank(value, rank).in(order),
  )
  return { tensors, order }
}

/** Applies a function of tensors of one shape or that broadcast. */
export function elementwise(
  values: readonly Value[],
  type: Value['type'],
  fn: (...tensors: tf.Tensor[]) => tf.Tensor,
): Value {
  const { tensors, order } = aligned(values)
  return Value.of(type, fn(...tensors), order)
}

/**
 * A reshape of a tensor as it lies, where that is possible: the axes that are merged or split lie beside each other in their order. So the pixels of an image become
 * a sequence, or its channels groups, without a transposition.
 *
 * @returns undefined where the axes must be brought to their order first.
 */
export function regrouped(value: Value, shape: readonly number[]): Value | undefined {
  if (value.isPlain || value.size === 0) return undefined
  const groups = matching(value.shape, shape)
  if (groups === undefined) return undefined
  const places: { readonly at: number; readonly to: readonly number[] }[] = []
  for (const { from, to } of groups) {
    const real = from.filter((axis) => isReal(value, axis))
    const lying = real.map((axis) => placeOf(value, axis))
    if (lying.some((place, index) => index > 0 && !follows(value, lying[index - 1]!, place))) {
      return undefined
    }
    places.push({ at: placeOf(value, real[0] ?? from[0] ?? 0), to })
  }
  places.sort((a, b) => a.at - b.at)
  const order = places.flatMap(({ to }) => to)
  const tensor = tf.reshape(
    value.lying(),
    order.map((axis) => shape[axis]!),
  )
  return Value.of(value.type, tensor, order)
}

/** Whether only axes of one element lie between two places. */
function follows(value: Value, one: number, next: number): boolean {
  if (next <= one) return false
  for (let place = one + 1; place < next; place++) {
    if (isReal(value, value.order[place]!)) return false
  }
  return true
}

/** The same numbers without some axes of one element, which lie anywhere. */
export function withoutAxes(value: Value, axes: readonly number[]): Value {
  const left = identity(value.rank).filter((axis) => !axes.includes(axis))
  const order = value.order.filter((axis) => !axes.includes(axis))
  const tensor = tf.reshape(
    value.lying(),
    order.map((axis) => value.shape[axis]!),
  )
  return Value.of(
    value.type,
    tensor,
    order.map((axis) => left.indexOf(axis)),
  )
}

/** Runs of axes before and after a reshape that hold the same elements. */
function matching(
  before: readonly number[],
  after: readonly number[],
): { readonly from: number[]; readonly to: number[] }[] | undefined {
  const groups: { from: number[]; to: number[] }[] = []
  let i = 0
  let j = 0
  while (i < before.length && j < after.length) {
    const from = [i]
    const to = [j]
    let left = before[i++]!
    let right = after[j++]!
    while (left !== right) {
      if (left < right) {
        if (i >= before.length) return undefined
        from.push(i)
        left *= before[i++]!
      } else {
        if (j >= after.length) return undefined
        to.push(j)
        right *= after[j++]!
      }
    }
    groups.push({ from, to })
  }
  const last = groups.at(-1)
  if (last === undefined) return undefined
  for (; i < before.length; i++) last.from.push(i)
  for (; j < after.length; j++) last.to.push(j)
  return groups
}
