import * as tf from '@tensorflow/tfjs'
import { gradientOf, type KernelGradient } from './gradient.ts'

type Image = tf.Tensor4D

/** From 0 to a number that may follow from sizes, which an attribute of a kernel must not. */
function bounded(place: tf.Tensor, last: number): tf.Tensor {
  return tf.minimum(tf.maximum(place, 0), last)
}

/** Pixels [..., channels] of images at whole-numbered places [...]; places outside are moved to the edge. */
function pixelsAt(images: Image, batch: tf.Tensor, row: tf.Tensor, column: tf.Tensor): tf.Tensor {
  const [count, height, width, channels] = images.shape
  const within = (place: tf.Tensor, size: number) => bounded(place, size - 1)
  const rows = tf.add(tf.mul(within(batch, count), height), within(row, height))
  const places = tf.add(tf.mul(rows, width), within(column, width))
  const flat = tf.reshape(images, [count * height * width, channels])
  return tf.gather(flat, tf.cast(places, 'int32') as tf.Tensor1D)
}

/** 1 where places are from 0 to size - 1. */
function inside(place: tf.Tensor, size: number): tf.Tensor {
  const isInside = tf.logicalAnd(tf.greaterEqual(place, 0), tf.lessEqual(place, size - 1))
  return tf.cast(isInside, 'float32')
}

interface Neighbours {
  readonly top: tf.Tensor
  readonly bottom: tf.Tensor
  readonly left: tf.Tensor
  readonly right: tf.Tensor
}

/** Between four pixels, by how far a place lies from the first. */
function bilinear(
  y: tf.Tensor,
  x: tf.Tensor,
  { top, bottom, left, right }: Neighbours,
  read: (row: tf.Tensor, column: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const share = tf.expandDims(tf.sub(x, left), -1)
  const between = (a: tf.Tensor, b: tf.Tensor, part: tf.Tensor) =>
    tf.add(a, tf.mul(tf.sub(b, a), part))
  const upper = between(read(top, left), read(top, right), share)
  const lower = between(read(bottom, left), read(bottom, right), share)
  return between(upper, lower, tf.expandDims(tf.sub(y, top), -1))
}

/** Half up, as JavaScript rounds. */
const rounded = (place: tf.Tensor): tf.Tensor => tf.floor(tf.add(place, 0.5))

/** CropAndResize, by its images and by its boxes. */
export const cropAndResizeGradient: KernelGradient<{
  cropSize: readonly [number, number]
  method: 'bilinear' | 'nearest'
}> = gradientOf(
  ['image', 'boxes', 'boxInd'],
  ['image', 'boxes'],
  (inputs, { cropSize, method }) => {
    const { image, boxes, boxInd } = inputs as {
      image: Image
      boxes: tf.Tensor2D
      boxInd: tf.Tensor
    }
    const [images, height, width] = image.shape
    const count = boxes.shape[0]
    const edge = (index: number) => tf.slice(boxes, [0, index], [count, 1])
    /** From one edge to the other: [boxes, samples]. */
    const along = (low: tf.Tensor, high: tf.Tensor, samples: number, size: number) => {
      if (samples === 1) return tf.mul(tf.mul(tf.add(low, high), 0.5), size - 1)
      const steps = tf.reshape(tf.range(0, samples), [1, samples])
      const step = tf.div(tf.mul(tf.sub(high, low), size - 1), samples - 1)
      return tf.add(tf.mul(low, size - 1), tf.mul(steps, step))
    }
    const [rows, columns] = cropSize
    const y = tf.reshape(along(edge(0), edge(2), rows, height), [count, rows, 1])
    const x = tf.reshape(along(edge(1), edge(3), columns, width), [count, 1, columns])
    const batch = tf.reshape(tf.cast(boxInd, 'float32'), [count, 1, 1])
    const read = (row: tf.Tensor, column: tf.Tensor) => pixelsAt(image, batch, row, column)
    const values =
      method === 'nearest'
        ? read(rounded(y), rounded(x))
        : bilinear(
            y,
            x,
            { top: tf.floor(y), bottom: tf.ceil(y), left: tf.floor(x), right: tf.ceil(x) },
            read,
          )
    const exists = tf.cast(tf.less(batch, images), 'float32')
    const mask = tf.mul(tf.mul(inside(y, height), inside(x, width)), exists)
    return tf.mul(values, tf.expandDims(mask, -1))
  },
)

type FillMode = 'constant' | 'reflect' | 'wrap' | 'nearest'

/** Where an image goes on beyond its edges; see transform.ts. */
function mapped(place: tf.Tensor, size: number, mode: FillMode): tf.Tensor {
  if (mode === 'constant') return place
  const clamp = (value: tf.Tensor) => bounded(value, size - 1)
  if (mode === 'nearest') return clamp(place)
  const wholes = (value: tf.Tensor, unit: number) => tf.floor(tf.div(value, unit))
  const isBelow = tf.less(place, 0)
  const negated = tf.neg(place)
  if (mode === 'wrap') {
    const period = Math.max(1, size - 1)
    const below = tf.add(place, tf.mul(tf.add(wholes(negated, period), 1), size))
    const above = tf.sub(place, tf.mul(wholes(place, period), size))
    return clamp(tf.where(isBelow, below, tf.where(tf.greater(place, size - 1), above, place)))
  }
  const period = 2 * size
  const above = tf.sub(place, tf.mul(wholes(place, period), period))
  const upper = tf.where(tf.less(above, size), above, tf.sub(period - 1, above))
  const moved = tf.add(tf.mul(wholes(negated, period), period), place)
  const lower = tf.where(tf.less(moved, -size), tf.add(moved, period), tf.sub(tf.neg(moved), 1))
  return clamp(tf.where(isBelow, lower, upper))
}

/** Transform, by its images, as in TensorFlow. */
const byImages: KernelGradient<{
  interpolation: 'nearest' | 'bilinear'
  fillMode: FillMode
  outputShape?: readonly [number, number] | null
}> = gradientOf(
  ['image', 'transforms'],
  ['image'],
  (inputs, { interpolation, fillMode, outputShape }) => {
    const { image, transforms } = inputs as { image: Image; transforms: tf.Tensor2D }
    const [images, height, width] = image.shape
    const [rows, columns] = outputShape ?? [height, width]
    const count = transforms.shape[0]
    const a = (index: number) =>
      tf.reshape(tf.slice(transforms, [0, index], [count, 1]), [count, 1, 1])
    const x = tf.reshape(tf.range(0, columns), [1, 1, columns])
    const y = tf.reshape(tf.range(0, rows), [1, rows, 1])
    const plane = (first: number, last: tf.Tensor) =>
      tf.add(tf.add(tf.mul(a(first), x), tf.mul(a(first + 1), y)), last)
    const projection = plane(6, tf.scalar(1))
    const isNear = tf.cast(tf.notEqual(projection, 0), 'float32')
    // A place at infinity is outside, whatever stands here for it.
    const divisor = tf.add(projection, tf.sub(1, isNear))
    const place = (first: number, size: number) =>
      mapped(tf.div(plane(first, a(first + 2)), divisor), size, fillMode)
    const [inX, inY] = [place(0, width), place(3, height)]
    const batch = tf.reshape(tf.range(0, images), [images, 1, 1])
    const read = (row: tf.Tensor, column: tf.Tensor) =>
      tf.mul(
        pixelsAt(image, batch, row, column),
        tf.expandDims(tf.mul(inside(row, height), inside(column, width)), -1),
      )
    const [top, left] = [tf.floor(inY), tf.floor(inX)]
    const values =
      interpolation === 'nearest'
        ? read(rounded(inY), rounded(inX))
        : bilinear(inY, inX, { top, left, bottom: tf.add(top, 1), right: tf.add(left, 1) }, read)
    return tf.mul(values, tf.expandDims(isNear, -1))
  },
)

/** Transform, by its images alone. */
export const transformGradient: typeof byImages = {
  ...byImages,
  refused: { transforms: 'As in TensorFlow, a transform has a derivative by its images alone.' },
}

/** RotateWithOffset: each pixel goes back to where it was taken from, which an image of all places says when it is turned alike. */
export const rotateGradient: KernelGradient<{
  radians: number
  center: number | [number, number]
}> = {
  inputs: ['image'],
  by: ({ dy, inputs, attrs: { radians, center } }) => ({
    image() {
      const [batch, height, width, channels] = inputs.image!.shape as Image['shape']
      const along = (size: number, shape: number[]) =>
        tf.broadcastTo(tf.reshape(tf.range(0, size), shape), [1, height, width, 1])
      // Rows from 1 on: what was taken from outside has row and column 0.
      const places = tf.concat(
        [tf.add(along(height, [1, height, 1, 1]), 1), along(width, [1, 1, width, 1])],
        3,
      )
      const turned = tf.image.rotateWithOffset(places as Image, radians, 0, center)
      const [row, column] = tf.split(
        tf.cast(tf.reshape(turned, [height * width, 2]), 'int32'),
        2,
        1,
      )
      const sources = tf.add(tf.mul(row!, tf.scalar(width, 'int32')), column!)
      const rows = tf.transpose(tf.reshape(dy, [batch, height * width, channels]), [1, 0, 2])
      const summed = tf.unsortedSegmentSum(
        rows,
        tf.reshape(sources, [height * width]) as tf.Tensor1D,
        (height + 1) * width,
      )
      const kept = tf.slice(summed, [width, 0, 0], [height * width, batch, channels])
      return tf.reshape(tf.transpose(kept, [1, 0, 2]), [batch, height, width, channels])
    },
  }),
}
