import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

const column = (rois: tf.Tensor, at: number) => tf.slice(rois, [0, at], [-1, 1])

/** Places along an axis at which a region is sampled: the pixels on both sides, and how much each counts; `[regions, places]` each. */
interface Taps {
  readonly low: Tap
  readonly high: Tap
}

interface Tap {
  readonly pixel: tf.Tensor
  readonly weight: tf.Tensor
}

/** @param at `[regions, places]` in pixels. */
function tapsAt(at: tf.Tensor, size: number): Taps {
  const inside = tf.cast(tf.logicalAnd(tf.greaterEqual(at, -1), tf.lessEqual(at, size)), 'float32')
  const place = tf.clipByValue(at, 0, size - 1)
  const first = tf.minimum(tf.floor(place), Math.max(0, size - 2))
  const ratio = size === 1 ? tf.zerosLike(place) : tf.sub(place, first)
  const tap = (pixel: tf.Tensor, weight: tf.Tensor): Tap => ({
    pixel: tf.cast(pixel, 'int32'),
    weight: tf.mul(weight, inside),
  })
  const second = tf.minimum(tf.add(first, 1), size - 1)
  return { low: tap(first, tf.sub(1, ratio)), high: tap(second, ratio) }
}

const roiAlign: Operator = operator({
  op: 'RoiAlign',
  attributes: {
    coordinate_transformation_mode: absent.string,
    mode: 'avg',
    output_height: 1,
    output_width: 1,
    sampling_ratio: 0,
    spatial_scale: 1,
  },
  refuses: ({ attributes: { sampling_ratio } }) =>
    sampling_ratio > 0
      ? undefined
      : 'its sampling_ratio is 0: how often regions are sampled would follow from their size; export it with a number (torchvision: sampling_ratio=2)',
  run: ({ input, attributes: given, opset }) => {
    const x = input(0)
    const { output_height, output_width, sampling_ratio: often, spatial_scale: scale } = given
    const mode =
      given.coordinate_transformation_mode ?? (opset < 16 ? 'output_half_pixel' : 'half_pixel')
    const isHalf = mode === 'half_pixel'
    const rois = tf.sub(tf.mul(input(1).plain(), scale), isHalf ? 0.5 : 0)
    const [, , height, width] = x.shape as [number, number, number, number]
    // `[regions, places]` in pixels, as many for each of the outputs.
    const places = (from: number, count: number) => {
      const begin = column(rois, from)
      const length = tf.sub(column(rois, from + 2), begin)
      const size = isHalf ? length : tf.maximum(length, 1)
      const steps = identity(count * often).map((at) => (at + 0.5) / (count * often))
      return tf.add(begin, tf.mul(size, tf.tensor2d(steps, [1, steps.length])))
    }
    const rows = tapsAt(places(1, output_height), height)
    const columns = tapsAt(places(0, output_width), width)
    const [count, channels] = [rois.shape[0]!, x.shape[1]!]
    const split = [count, output_height, often, output_width, often, channels]
    const pixels = tf.reshape(x.in(channelsLast(4)), [-1, channels])
    const whole = (value: number) => tf.scalar(value, 'int32')
    const first = tf.mul(tf.cast(input(2).plain(), 'int32'), whole(height * width))
    /** A weighted pixel on one of the four sides of each place; only those are taken from the image. */
    const side = (vertical: Tap, horizontal: Tap) => {
      const line = tf.add(tf.reshape(first, [count, 1]), tf.mul(vertical.pixel, whole(width)))
      const places = tf.add(tf.expandDims(line, 2), tf.expandDims(horizontal.pixel, 1))
      const weight = tf.mul(tf.expandDims(vertical.weight, 2), tf.expandDims(horizontal.weight, 1))
      const picked = tf.gather(pixels, tf.cast(tf.reshape(places, [-1]), 'int32'))
      return tf.reshape(tf.mul(picked, tf.reshape(weight, [-1, 1])), split)
    }
    const sides = [rows.low, rows.high].flatMap((vertical) =>
      [columns.low, columns.high].map((horizontal) => side(vertical, horizontal)),
    )
    const order = channelsLast(4)
    if (given.mode === 'max') {
      // As the standard has it, the largest of the four weighted pixels.
      const most = sides.reduce((a, b) => tf.maximum(a, b))
      return Value.of(x.type, tf.max(most, [2, 4]), order)
    }
    const sum = sides.reduce((a, b) => tf.add(a, b))
    return Value.of(x.type, tf.mean(sum, [2, 4]), order)
  },
})

/** Pixels of an axis from `low` on and below `high` that a part of each region has; `[regions, 1]` each, within the axis. */
interface Span {
  readonly low: tf.Tensor
  readonly high: tf.Tensor
}

/** The nearest whole numbers, halves away from 0, as onnxruntime has them; a half that is added first would make 1 of the number below 0.5. */
function rounded(x: tf.Tensor): tf.Tensor {
  const size = tf.abs(x)
  const whole = tf.floor(size)
  const isMore = tf.greaterEqual(tf.sub(size, whole), 0.5)
  return tf.mul(tf.sign(x), tf.add(whole, tf.cast(isMore, 'float32')))
}

/** The parts of regions along an axis. */
function spansOf(
  rois: tf.Tensor,
  from: number,
  { parts, size, scale }: { readonly parts: number; readonly size: number; readonly scale: number },
): Span[] {
  const pixel = (at: number) => rounded(tf.mul(column(rois, at), scale))
  const [begin, end] = [pixel(from), pixel(from + 2)]
  const step = tf.div(tf.maximum(tf.add(tf.sub(end, begin), 1), 1), parts)
  return identity(parts).map((part) => ({
    low: tf.clipByValue(tf.add(begin, tf.floor(tf.mul(step, part))), 0, size),
    high: tf.clipByValue(tf.add(begin, tf.ceil(tf.mul(step, part + 1))), 0, size),
  }))
}

/**
 * The largest numbers of columns of images, `[images, height, width, channels]`, between two of them. Those of 1, 2, 4, ... columns beside each other are found once, for all regions; two of them
 * cover any number of columns. So no region takes a whole image.
 *
 * @returns for each span `[regions, height, 1, channels]`; something or other where it is empty.
 */
function largestOfColumns(
  images: tf.Tensor,
  which: tf.Tensor,
  spans: readonly Span[],
): tf.Tensor[] {
  const [count, height, width, channels] = images.shape as [number, number, number, number]
  let level = tf.transpose(images, [2, 0, 1, 3])
  const levels = [level]
  const [lengths, starts] = [[1], [0]]
  for (let length = 1; 2 * length <= width; length *= 2) {
    const [most, rest] = [level.shape[0]! - length, [count, height, channels]]
    starts.push(starts.at(-1)! + level.shape[0]!)
    lengths.push(2 * length)
    level = tf.maximum(
      tf.slice(level, [0, 0, 0, 0], [most, ...rest]),
      tf.slice(level, [length, 0, 0, 0], [most, ...rest]),
    )
    levels.push(level)
  }
  const rows = tf.reshape(tf.concat(levels, 0), [-1, height, channels])
  return spans.map(({ low, high }) => {
    const length = tf.sub(high, low)
    const reached = tf.greaterEqual(length, tf.tensor2d(lengths, [1, lengths.length]))
    // How many levels are no longer than the span; an empty one takes the first.
    const at = tf.maximum(
      tf.sub(tf.sum(tf.cast(reached, 'int32'), 1, true), tf.scalar(1, 'int32')),
      0,
    )
    const of = (numbers: readonly number[]) =>
      tf.gather(tf.tensor1d([...numbers]), tf.cast(at, 'int32'))
    const pick = (place: tf.Tensor) => {
      const inside = tf.clipByValue(place, 0, width - 1)
      const row = tf.add(tf.mul(tf.add(of(starts), inside), count), which)
      return tf.gather(rows, tf.reshape(tf.cast(row, 'int32'), [-1]))
    }
    return tf.expandDims(tf.maximum(pick(low), pick(tf.sub(high, of(lengths)))), 2)
  })
}

const maxRoiPool: Operator = operator({
  op: 'MaxRoiPool',
  attributes: { pooled_shape: [1, 1], spatial_scale: 1 },
  run: ({ input, attributes: { pooled_shape, spatial_scale: scale } }) => {
    const x = input(0)
    const rois = input(1).plain()
    const [, , height, width] = x.shape as [number, number, number, number]
    const [rows, columns] = pooled_shape as [number, number]
    const across = spansOf(rois, 1, { parts: columns, size: width, scale })
    const down = spansOf(rois, 2, { parts: rows, size: height, scale })
    const count = rois.shape[0]!
    const images = x.in(channelsLast(4))
    const strips = tf.concat(largestOfColumns(images, column(rois, 0), across), 2)
    const pixels = tf.reshape(tf.range(0, height, 1), [1, height])
    const has = (spans: readonly Span[], shape: number[]) =>
      tf.reshape(
        tf.concat(
          spans.map(({ low, high }) => tf.less(low, high)),
          1,
        ),
        shape,
      )
    const pooled = down.map(({ low, high }) => {
      const isIn = tf.logicalAnd(tf.greaterEqual(pixels, low), tf.less(pixels, high))
      const there = tf.reshape(isIn, [count, height, 1, 1])
      return tf.max(tf.where(there, strips, tf.scalar(Number.NEGATIVE_INFINITY)), 1, true)
    })
    // A part of no pixels is 0.
    const isThere = tf.logicalAnd(
      has(down, [count, rows, 1, 1]),
      has(across, [count, 1, columns, 1]),
    )
    const kept = tf.where(isThere, tf.concat(pooled, 1), tf.scalar(0))
    return Value.of(x.type, kept, channelsLast(4))
  },
})

/** Parts of images that are given by their corners. */
export const roiOperators: readonly Operator[] = [roiAlign, maxRoiPool]
