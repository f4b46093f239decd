import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { type Operator, operator } from './operator.ts'

/** A coordinate from -1..1 in pixels. */
function pixels(grid: tf.Tensor, size: number, isAligned: boolean): tf.Tensor {
  return isAligned
    ? tf.mul(tf.add(grid, 1), (size - 1) / 2)
    : tf.div(tf.sub(tf.mul(tf.add(grid, 1), size), 1), 2)
}

/** A pixel beyond the edge mirrored into the image. */
function reflected(at: tf.Tensor, size: number, isAligned: boolean): tf.Tensor {
  const [low, high] = isAligned ? [0, size - 1] : [-0.5, size - 0.5]
  const range = high - low
  if (range === 0) return tf.zerosLike(at)
  const distance = tf.abs(tf.sub(at, low))
  const turns = tf.floor(tf.div(distance, range))
  const rest = tf.sub(distance, tf.mul(turns, range))
  const isOdd = tf.greater(tf.sub(turns, tf.mul(tf.floor(tf.div(turns, 2)), 2)), 0.5)
  return tf.where(isOdd, tf.sub(high, rest), tf.add(rest, low))
}

/** Samples an image `[batch, ...space, channels]` at whole coordinates, one list for each axis, `[batch, count]` each; 0 beyond the edges. */
function pick(image: tf.Tensor, at: readonly tf.Tensor[]): tf.Tensor {
  const [batch] = image.shape as [number]
  const space = image.shape.slice(1, -1)
  const channels = image.shape.at(-1)!
  let flat: tf.Tensor = tf.zerosLike(at[0]!)
  let inside: tf.Tensor = tf.onesLike(at[0]!)
  for (const [axis, size] of space.entries()) {
    const here = at[axis]!
    const isInside = tf.logicalAnd(tf.greaterEqual(here, 0), tf.lessEqual(here, size - 1))
    inside = tf.mul(inside, tf.cast(isInside, 'float32'))
    flat = tf.add(tf.mul(flat, size), tf.clipByValue(here, 0, size - 1))
  }
  const plane = space.reduce((product, size) => product * size, 1)
  const first = tf.mul(
    tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, 1]),
    tf.scalar(plane, 'int32'),
  )
  const rows = tf.add(tf.cast(tf.round(flat), 'int32'), first)
  const count = rows.shape[1]!
  const picked = tf.gather(
    tf.reshape(image, [batch * plane, channels]),
    tf.cast(tf.reshape(rows, [-1]), 'int32'),
  )
  return tf.mul(tf.reshape(picked, [batch, count, channels]), tf.expandDims(inside, -1))
}

/** Weights of the four pixels around a place, as bicubic interpolation has them. */
function cubic(ratio: tf.Tensor): tf.Tensor[] {
  const a = -0.75
  const outer = (x: tf.Tensor) =>
    tf.sub(tf.mul(tf.add(tf.mul(tf.sub(tf.mul(x, a), 5 * a), x), 8 * a), x), 4 * a)
  const inner = (x: tf.Tensor) => tf.add(tf.mul(tf.mul(tf.sub(tf.mul(x, a + 2), a + 3), x), x), 1)
  return [outer(tf.add(ratio, 1)), inner(ratio), inner(tf.sub(1, ratio)), outer(tf.sub(2, ratio))]
}

/** Interpolates an image at coordinates in pixels. */
export function sample(
  image: tf.Tensor,
  at: readonly tf.Tensor[],
  mode: string,
  bounded: (at: tf.Tensor, axis: number) => tf.Tensor,
): tf.Tensor {
  if (mode === 'nearest')
    return pick(
      image,
      at.map((each, axis) => bounded(tf.round(bounded(each, axis)), axis)),
    )
  const isCubic = mode === 'cubic'
  const given = isCubic ? at : at.map(bounded)
  const bases = given.map((each) => tf.floor(each))
  const taps = given.map((each, axis) => {
    const ratio = tf.sub(each, bases[axis]!)
    return isCubic
      ? cubic(ratio).map((weight, tap) => ({ weight, offset: tap - 1 }))
      : [
          { weight: tf.sub(1, ratio), offset: 0 },
          { weight: ratio, offset: 1 },
        ]
  })
  let result: tf.Tensor | undefined
  const walk = (axis: number, places: readonly tf.Tensor[], weight: tf.Tensor | undefined) => {
    if (axis === taps.length) {
      const part = tf.mul(pick(image, places), tf.expandDims(weight!, -1))
      result = result === undefined ? part : tf.add(result, part)
      return
    }
    for (const { weight: own, offset } of taps[axis]!) {
      const here = tf.add(bases[axis]!, offset)
      const place = isCubic ? bounded(here, axis) : here
      walk(axis + 1, [...places, place], weight === undefined ? own : tf.mul(weight, own))
    }
  }
  walk(0, [], undefined)
  return result!
}

const gridSample: Operator = operator({
  op: 'GridSample',
  attributes: { align_corners: 0, mode: 'linear', padding_mode: 'zeros' },
  run: ({ input, attributes: given }) => {
    const [x, grid] = [input(0), input(1)]
    const rank = x.rank - 2
    const space = x.shape.slice(2)
    const isAligned = given.align_corners === 1
    const [batch] = x.shape as [number]
    const outputs = grid.shape.slice(1, -1)
    const count = outputs.reduce((product, size) => product * size, 1)
    const flat = tf.reshape(grid.plain(), [batch, count, rank])
    // The grid has x before y.
    const at = identity(rank).map((axis) =>
      pixels(
        tf.reshape(tf.slice(flat, [0, 0, rank - 1 - axis], [-1, -1, 1]), [batch, count]),
        space[axis]!,
        isAligned,
      ),
    )
    const bounded = (each: tf.Tensor, axis: number): tf.Tensor => {
      const size = space[axis]!
      if (given.padding_mode === 'border') return tf.clipByValue(each, 0, size - 1)
      if (given.padding_mode !== 'reflection') return each
      return tf.clipByValue(reflected(each, size, isAligned), 0, size - 1)
    }
    const mode =
      given.mode === 'bilinear' ? 'linear' : given.mode === 'bicubic' ? 'cubic' : given.mode
    const y = sample(x.in(channelsLast(x.rank)), at, mode, bounded)
    return Value.of(x.type, tf.reshape(y, [batch, ...outputs, x.shape[1]!]), channelsLast(x.rank))
  },
})

const affineGrid: Operator = operator({
  op: 'AffineGrid',
  attributes: { align_corners: 0 },
  constants: [1],
  run: ({ input, numbers, attributes: { align_corners } }) => {
    const theta = input(0)
    const shape = numbers(1, 'the size')
    const space = shape.slice(2)
    const [batch, rank] = [theta.shape[0]!, space.length]
    const count = space.reduce((product, size) => product * size, 1)
    const line = (at: number, size: number) =>
      align_corners ? (size === 1 ? -1 : -1 + (2 * at) / (size - 1)) : (2 * at + 1) / size - 1
    const rows = identity(count).flatMap((pixel) => {
      let rest = pixel
      const place = new Array<number>(rank)
      for (let axis = rank - 1; axis >= 0; axis--) {
        place[axis] = line(rest % space[axis]!, space[axis]!)
        rest = Math.floor(rest / space[axis]!)
      }
      return [...place.reverse(), 1]
    })
    const points = tf.tensor3d(rows, [1, count, rank + 1])
    const grid = tf.matMul(tf.tile(points, [batch, 1, 1]), theta.plain(), false, true)
    return Value.of(theta.type, tf.reshape(grid, [batch, ...space, rank]))
  },
})

/** Images sampled at places that are computed. */
export const samplingOperators: readonly Operator[] = [gridSample, affineGrid]
