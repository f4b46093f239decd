import { ConfigError, ShapeError } from '@ashlar/errors'
import type { ImageLayout } from '@ashlar/export'
import * as tf from '@tensorflow/tfjs'
import type { OnnxPort } from '../file/graph.ts'
import { channelsLast } from '../value/axes.ts'
import { Value } from '../value/value.ts'

export type { ImageLayout }

/** What is done to images before the network sees them. It is part of the model, and of the file that it is exported to. */
export interface InputOptions {
  /** How images come in: `nchw` as the file has them, the default, or `nhwc` as datasets here do; a file that has channels last itself takes those as they are. */
  readonly layout?: ImageLayout | undefined
  /** Height and width that images are brought to, bilinearly. */
  readonly size?: readonly [number, number] | undefined
  /** Subtracted, for each channel. */
  readonly mean?: readonly number[] | undefined
  /** Divided by, for each channel. */
  readonly std?: readonly number[] | undefined
}

/** The same, and what the file says of itself. */
export interface PortOptions extends InputOptions {
  /** How its images lie; undefined for a file that does not say. */
  readonly fileLayout?: ImageLayout | undefined
  /** The first size of its first input. An input that begins with another number, such as a state by layers, has no batch there. */
  readonly batch?: number | string | null | undefined
}

/** What a tensor is for an input of the file. */
export function readInput(x: tf.Tensor, port: OnnxPort, options: PortOptions): Value {
  const type = port.type ?? 'float32'
  const rank = port.shape?.length ?? x.rank
  if (x.rank !== rank) {
    throw new ConfigError({
      where: `input ${port.name}`,
      expected: `must have ${rank} axes, as [${port.shape?.map((size) => size ?? '?').join(', ')}]`,
      given: x.shape,
    })
  }
  const isImage = rank === 4
  const isLast = hasChannelsLast(port, options)
  const channels = isLast ? 3 : 1
  const order = isImage && options.layout === 'nhwc' && !isLast ? channelsLast(4) : undefined
  const value = Value.of(type, x, order)
  const { size, mean, std } = options
  const wantedShape = port.shape?.map((each, axis) =>
    axis > 0 && typeof each === 'number' ? each : value.shape[axis]!,
  )
  const isFitting = (axis: number) =>
    wantedShape === undefined ||
    wantedShape[axis] === value.shape[axis] ||
    (isImage && axis === channels && value.shape[channels] === 1) ||
    (isImage && axis > 0 && axis !== channels && size !== undefined)
  if (!value.shape.every((_, axis) => isFitting(axis))) {
    throw new ShapeError({
      where: `input ${port.name}`,
      expected: `must be [${port.shape!.map((each, axis) => (axis === 0 ? '?' : (each ?? '?'))).join(', ')}]`,
      given: value.shape,
      hint: isImage
        ? 'Images of another size are brought to that of the network with `size`; with channels last they need `layout: nhwc`.'
        : undefined,
    })
  }
  if (!isImage) return value
  const wanted = port.shape?.[channels]
  const isGray = typeof wanted === 'number' && value.shape[channels] === 1 && wanted > 1
  if (size === undefined && mean === undefined && std === undefined && !isGray) return value
  const last = isLast ? undefined : channelsLast(4)
  let image = (last === undefined ? x : value.in(last)) as tf.Tensor4D
  if (size !== undefined) image = tf.image.resizeBilinear(image, [...size], false, true)
  // Gray images for a network of colours: each channel is the same.
  if (isGray) image = tf.tile(image, [1, 1, 1, wanted])
  const row = (numbers: readonly number[]) => tf.tensor1d([...numbers])
  if (mean !== undefined) image = tf.sub(image, row(mean))
  if (std !== undefined) image = tf.div(image, row(std))
  return Value.of(type, image, last)
}

/**
 * Whether a file takes images with channels last, as those of Keras and Ashlar do. ONNX does not say what axes mean: an axis as small as channels are is theirs, and where that leaves it
 * open, the file's word counts.
 */
function hasChannelsLast({ shape }: OnnxPort, { fileLayout }: PortOptions): boolean {
  if (shape?.length !== 4) return false
  const isFew = (size: unknown) => typeof size === 'number' && size <= 4
  if (isFew(shape[3]) !== isFew(shape[1])) return isFew(shape[3])
  return fileLayout === 'nhwc'
}

/** The shape of an input as a model is built from it: sizes that vary free. Undefined where more than the batch is free. */
export function shapeOfPort(port: OnnxPort, options: PortOptions): (number | null)[] | undefined {
  if (port.shape === undefined) return undefined
  const [, ...rest] = port.shape
  if (port.shape.length === 0 || !rest.every((size) => typeof size === 'number')) return undefined
  const sizes = rest as number[]
  const first = firstSize(port, options)
  if (first !== null) return [first, ...sizes]
  const isTurned =
    options.layout === 'nhwc' && port.shape.length === 4 && !hasChannelsLast(port, options)
  if (!isTurned) return [null, ...sizes]
  return [null, sizes[1]!, sizes[2]!, sizes[0]!]
}

/** The size of the first axis of an input where that is not its batch; null where it is. */
export function firstSize({ shape }: OnnxPort, { batch }: PortOptions): number | null {
  const first = shape?.[0]
  return typeof first === 'number' && first !== 1 && first !== batch ? first : null
}
