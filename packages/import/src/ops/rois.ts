import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

/** Rows of images `[batch, height, width, channels]`, one for each region. */
function imagesOf(x: Value, which: tf.Tensor): tf.Tensor {
  return tf.gather(x.in(channelsLast(4)), tf.cast(which, 'int32') as tf.Tensor1D)
}

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

const maxRoiPool: Operator = operator({
  op: 'MaxRoiPool',
  attributes: { pooled_shape: [1, 1], spatial_scale: 1 },
  run: ({ input, attributes: { pooled_shape, spatial_scale } }) => {
    const x = input(0)
    const rois = input(1).plain()
    const [, , height, width] = x.shape as [number, number, number, number]
    const [rows, columns] = pooled_shape as [number, number]
    let pooled = imagesOf(x, tf.reshape(column(rois, 0), [-1]))
    const count = pooled.shape[0]!
    /** The largest number within each part of an axis of the images; where a part has none, 0. */
    const reduce = (images: tf.Tensor, axis: 1 | 2, parts: number, size: number, from: number) => {
      const pixel = (at: number) => tf.floor(tf.add(tf.mul(column(rois, at), spatial_scale), 0.5))
      const [begin, end] = [pixel(from), pixel(from + 2)]
      const step = tf.div(tf.maximum(tf.add(tf.sub(end, begin), 1), 1), parts)
      const pixels = tf.reshape(tf.range(0, size, 1), [1, size])
      const made = identity(parts).map((part) => {
        const low = tf.add(begin, tf.floor(tf.mul(step, part)))
        const high = tf.add(begin, tf.ceil(tf.mul(step, part + 1)))
        const isIn = tf.logicalAnd(tf.greaterEqual(pixels, low), tf.less(pixels, high))
        const shape = axis === 1 ? [count, size, 1, 1] : [count, 1, size, 1]
        const weight = tf.reshape(tf.cast(isIn, 'float32'), shape)
        const masked = tf.add(tf.mul(images, weight), tf.mul(tf.sub(weight, 1), LARGE))
        return tf.max(masked, axis, true)
      })
      return tf.concat(made, axis)
    }
    pooled = reduce(pooled, 2, columns, width, 1)
    pooled = reduce(pooled, 1, rows, height, 2)
    const isEmpty = tf.cast(tf.lessEqual(pooled, -LARGE / 2), 'float32')
    const kept = tf.mul(pooled, tf.sub(1, isEmpty))
    return Value.of(x.type, kept, channelsLast(4))
  },
})

/** What is not in a region is that far below. */
const LARGE = 1e30

/** Parts of images that are given by their corners. */
export const roiOperators: readonly Operator[] = [roiAlign, maxRoiPool]
