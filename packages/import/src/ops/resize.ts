import { ShapeError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { isFloat } from '../file/types.ts'
import { axisOf, channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, ofNonNegativeFirst, operator } from './operator.ts'

/** How one axis is resized. */
interface Axis {
  readonly axis: number
  readonly size: number
  readonly output: number
  /** Output over input; need not be that of the sizes. */
  readonly scale: number
  readonly roi: readonly [number, number] | undefined
}

interface Settings {
  readonly mode: string
  readonly transformation: string
  readonly nearest: string
  readonly cubic: number
  readonly excludes: boolean
  readonly antialias: boolean
}

/** Where an output pixel comes from. */
function source(x: number, { size, output, scale, roi }: Axis, mode: string): number {
  const wide = scale * size
  switch (mode) {
    case 'align_corners':
      return wide === 1 || output === 1 ? 0 : (x * (size - 1)) / (wide - 1)
    case 'asymmetric':
      return x / scale
    case 'tf_crop_and_resize': {
      const [start, end] = roi ?? [0, 1]
      if (output === 1) return 0.5 * (start + end) * (size - 1)
      return start * (size - 1) + (x * (end - start) * (size - 1)) / (output - 1)
    }
    case 'pytorch_half_pixel':
      return output === 1 ? -0.5 : (x + 0.5) / scale - 0.5
    case 'half_pixel_symmetric': {
      const adjustment = output / wide
      return (size / 2) * (1 - adjustment) + (x + 0.5) / scale - 0.5
    }
    default:
      return (x + 0.5) / scale - 0.5
  }
}

const clamp = (at: number, size: number) => Math.max(0, Math.min(size - 1, at))

function nearestAt(x: number, mode: string): number {
  if (mode === 'floor') return Math.floor(x)
  if (mode === 'ceil') return Math.ceil(x)
  if (mode === 'round_prefer_ceil') return Math.floor(x + 0.5)
  return Math.ceil(x - 0.5)
}

function cubicWeight(distance: number, a: number): number {
  const x = Math.abs(distance)
  if (x <= 1) return ((a + 2) * x - (a + 3)) * x * x + 1
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
}

/** What each output pixel takes of each input pixel, `[output, size]`. */
function weights(
  axis: Axis,
  { mode, transformation, cubic, excludes, antialias }: Settings,
): Float32Array {
  const { size, output, scale } = axis
  const matrix = new Float32Array(output * size)
  const narrow = antialias ? Math.min(scale, 1) : 1
  const reach = (mode === 'cubic' ? 2 : 1) / narrow
  for (let row = 0; row < output; row++) {
    const at = source(row, axis, transformation)
    const taps: [number, number][] = []
    let sum = 0
    for (let tap = Math.floor(at - reach) + 1; tap <= Math.floor(at) + Math.ceil(reach); tap++) {
      const distance = (tap - at) * narrow
      const weight =
        mode === 'cubic' ? cubicWeight(distance, cubic) : Math.max(0, 1 - Math.abs(distance))
      if (weight === 0 || (excludes && (tap < 0 || tap >= size))) continue
      taps.push([tap, weight])
      sum += weight
    }
    const total = antialias || excludes ? sum : 1
    for (const [tap, weight] of taps) matrix[row * size + clamp(tap, size)]! += weight / total
  }
  return matrix
}

/** Resizes one axis of a tensor. */
function resizeAxis(x: tf.Tensor, place: number, axis: Axis, settings: Settings): tf.Tensor {
  const { size, output } = axis
  if (settings.mode === 'nearest') {
    const rows = identity(output).map((row) =>
      clamp(nearestAt(source(row, axis, settings.transformation), settings.nearest), size),
    )
    return tf.gather(x, tf.tensor1d(rows, 'int32'), place)
  }
  const matrix = tf.tensor2d(weights(axis, settings), [output, size])
  const perm = identity(x.rank).filter((each) => each !== place)
  const turned = tf.transpose(x, [...perm, place])
  const flat = tf.reshape(turned, [-1, size]) as tf.Tensor2D
  const result = tf.reshape(tf.matMul(flat, matrix, false, true), [
    ...turned.shape.slice(0, -1),
    output,
  ])
  const back = [...perm, place]
  return tf.transpose(
    result,
    identity(x.rank).map((each) => back.indexOf(each)),
  )
}

/** Whether each pixel just comes several times. */
function repeats(axis: Axis, { transformation, nearest }: Settings): boolean {
  const { size, output, scale } = axis
  if (!Number.isInteger(scale)) return false
  return identity(output).every(
    (row) =>
      clamp(nearestAt(source(row, axis, transformation), nearest), size) ===
      Math.floor(row / scale),
  )
}

/** Two axes of an image by TensorFlow.js's own kernels, where they compute the same. */
function resizeImage(x: Value, axes: readonly Axis[], settings: Settings): Value | undefined {
  const isImage = x.rank === 4 && axes.length > 0 && axes.every(({ axis }) => axis >= 2)
  const isExact = axes.every(({ scale, size, output }) => Math.abs(scale * size - output) < 1e-6)
  if (!isImage || !isExact || settings.antialias) return undefined
  const { transformation } = settings
  const image = x.in(channelsLast(4)) as tf.Tensor4D
  const size = [2, 3].map(
    (axis) => axes.find((each) => each.axis === axis)?.output ?? x.shape[axis]!,
  ) as [number, number]
  if (settings.mode === 'nearest') {
    if (!axes.every((axis) => repeats(axis, settings))) return undefined
    return Value.of(x.type, tf.image.resizeNearestNeighbor(image, size), channelsLast(4))
  }
  if (settings.mode !== 'linear') return undefined
  const isSingle = axes.some(({ output }) => output === 1)
  const isAligned = transformation === 'align_corners'
  const isHalf =
    transformation === 'half_pixel' || (transformation === 'pytorch_half_pixel' && !isSingle)
  if (!isHalf && !(isAligned && !isSingle) && transformation !== 'asymmetric') return undefined
  return Value.of(x.type, tf.image.resizeBilinear(image, size, isAligned, isHalf), channelsLast(4))
}

function resized(
  x: Value,
  axes: readonly Axis[],
  settings: Settings,
  extrapolation: number,
): Value {
  const moving = axes.filter(
    ({ size, output, scale, roi }) =>
      output !== size ||
      scale !== 1 ||
      (settings.transformation === 'tf_crop_and_resize' && roi !== undefined),
  )
  const image = resizeImage(x, moving, settings)
  if (image !== undefined) return image
  let tensor = isFloat(x.type) ? x.lying() : tf.cast(x.lying(), 'float32')
  for (const axis of moving) tensor = resizeAxis(tensor, x.order.indexOf(axis.axis), axis, settings)
  if (settings.transformation === 'tf_crop_and_resize') {
    for (const axis of moving) {
      const isInside = identity(axis.output).map((row) => {
        const at = source(row, axis, settings.transformation)
        return Number(at >= 0 && at <= axis.size - 1)
      })
      if (!isInside.includes(0)) continue
      const shape = x.order.map((each) => (each === axis.axis ? axis.output : 1))
      const inside = tf.reshape(tf.tensor1d(isInside), shape)
      tensor = tf.add(tf.mul(tensor, inside), tf.mul(tf.sub(1, inside), extrapolation))
    }
  }
  return Value.of(x.type, isFloat(x.type) ? tensor : tf.cast(tf.round(tensor), 'int32'), x.order)
}

const resize: Operator = operator({
  op: 'Resize',
  // Cubic ones reach beyond what they take.
  isNonNegative: ({ node, isNonNegative }) =>
    node.attributes.get('mode') !== 'cubic' && isNonNegative(0),
  attributes: {
    antialias: 0,
    axes: absent.numbers,
    coordinate_transformation_mode: absent.string,
    cubic_coeff_a: -0.75,
    exclude_outside: 0,
    extrapolation_value: 0,
    keep_aspect_ratio_policy: 'stretch',
    mode: 'nearest',
    nearest_mode: absent.string,
  },
  constants: [1, 2, 3],
  run: ({ input, inputs, attributes: given, opset, where }) => {
    const x = input(0)
    const isOld = opset < 11
    const numbers = (index: number) => {
      const value = inputs[index]
      if (value === undefined || value.size === 0) return undefined
      return value.numbers(where, 'sizes and scales')
    }
    const axes = (given.axes ?? identity(x.rank)).map((axis) => axisOf(axis, x.rank, where))
    const scales = numbers(isOld ? 1 : 2)
    const sizes = isOld ? undefined : numbers(3)
    const roi = isOld ? undefined : numbers(1)
    if (scales === undefined && sizes === undefined) {
      throw new ShapeError({ where, expected: 'sizes or scales must be given' })
    }
    const policy = given.keep_aspect_ratio_policy
    const ratios = sizes?.map((size, index) => size / x.shape[axes[index]!]!)
    const common =
      ratios === undefined || policy === 'stretch'
        ? undefined
        : policy === 'not_larger'
          ? Math.min(...ratios)
          : Math.max(...ratios)
    const chosen = axes.map((axis, index): Axis => {
      const size = x.shape[axis]!
      const region = roi && ([roi[index]!, roi[index + axes.length]!] as const)
      if (common !== undefined) {
        return { axis, size, output: Math.floor(common * size + 0.5), scale: common, roi: region }
      }
      if (sizes !== undefined) {
        // The batch of a file that was made for one sample.
        const output = axis === 0 && sizes[index] === 1 ? size : sizes[index]!
        return { axis, size, output, scale: output / size, roi: region }
      }
      const scale = scales![index]!
      return { axis, size, output: Math.floor(scale * size), scale, roi: region }
    })
    return resized(
      x,
      chosen,
      {
        mode: given.mode === 'bilinear' ? 'linear' : given.mode,
        transformation:
          given.coordinate_transformation_mode ?? (isOld ? 'asymmetric' : 'half_pixel'),
        nearest: given.nearest_mode ?? (isOld ? 'floor' : 'round_prefer_floor'),
        cubic: given.cubic_coeff_a,
        excludes: given.exclude_outside === 1,
        antialias: given.antialias === 1,
      },
      given.extrapolation_value,
    )
  },
})

const upsample: Operator = operator({
  op: 'Upsample',
  isNonNegative: ofNonNegativeFirst,
  attributes: { mode: 'nearest', scales: absent.numbers },
  constants: [1],
  run: ({ input, inputs, attributes: { mode, scales }, where }) => {
    const x = input(0)
    const factors = scales ?? inputs[1]!.numbers(where, 'the scales')
    const axes = factors.map((scale, axis): Axis => {
      const size = x.shape[axis]!
      return { axis, size, output: Math.floor(scale * size), scale, roi: undefined }
    })
    return resized(
      x,
      axes,
      {
        mode: mode === 'bilinear' ? 'linear' : mode,
        transformation: 'asymmetric',
        nearest: 'floor',
        cubic: -0.75,
        excludes: false,
        antialias: false,
      },
      0,
    )
  },
})

const centerCropPad: Operator = operator({
  op: 'CenterCropPad',
  attributes: { axes: absent.numbers },
  constants: [1],
  run: ({ input, numbers, attributes, where }) => {
    const x = input(0)
    const axes = (attributes.axes ?? identity(x.rank)).map((axis) => axisOf(axis, x.rank, where))
    const wanted = numbers(1, 'the shape')
    let tensor = x.lying()
    for (const [index, axis] of axes.entries()) {
      const place = x.order.indexOf(axis)
      const difference = wanted[index]! - x.shape[axis]!
      if (difference < 0) {
        const begin = identity(x.rank).map((each) =>
          each === place ? Math.floor(-difference / 2) : 0,
        )
        const size = tensor.shape.map((each, at) => (at === place ? wanted[index]! : each))
        tensor = tf.slice(tensor, begin, size)
      } else if (difference > 0) {
        const before = Math.floor(difference / 2)
        const pads = identity(x.rank).map((each): [number, number] =>
          each === place ? [before, difference - before] : [0, 0],
        )
        tensor = tf.pad(tensor, pads)
      }
    }
    return Value.of(x.type, tensor, x.order)
  },
})

/** Images of other sizes. */
export const resizeOperators: readonly Operator[] = [resize, upsample, centerCropPad]
