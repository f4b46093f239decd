import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { absent } from './operator.ts'

/** What a node says of its window. */
export type WindowAttributes = {
  readonly auto_pad: string
  readonly dilations: readonly number[] | undefined
  readonly kernel_shape: readonly number[] | undefined
  readonly pads: readonly number[] | undefined
  readonly strides: readonly number[] | undefined
}

/** Attributes of all that moves a window over an image. */
export const windowAttributes: WindowAttributes = {
  auto_pad: 'NOTSET',
  dilations: absent.numbers,
  kernel_shape: absent.numbers,
  pads: absent.numbers,
  strides: absent.numbers,
}

/** A window as the attributes of a node say it, one entry for each axis of the image. */
export interface Window {
  readonly kernel: readonly number[]
  readonly strides: readonly number[]
  readonly dilations: readonly number[]
  /** Rows before and behind. */
  readonly pads: readonly (readonly [number, number])[]
}

/** Reads a window; `auto_pad` becomes numbers of the image at hand. */
export function readWindow(
  { auto_pad, dilations, pads, strides }: Omit<WindowAttributes, 'kernel_shape'>,
  kernel: readonly number[],
  image: readonly number[],
  isCeil = false,
): Window {
  const ones = kernel.map(() => 1)
  const [steps, spread] = [strides ?? ones, dilations ?? ones]
  const isSame = auto_pad === 'SAME_UPPER' || auto_pad === 'SAME_LOWER'
  const sides = kernel.map((size, axis): [number, number] => {
    const extent = (size - 1) * spread[axis]! + 1
    if (isSame) {
      const outputs = Math.ceil(image[axis]! / steps[axis]!)
      const total = Math.max(0, (outputs - 1) * steps[axis]! + extent - image[axis]!)
      const small = Math.floor(total / 2)
      return auto_pad === 'SAME_UPPER' ? [small, total - small] : [total - small, small]
    }
    if (auto_pad === 'VALID') return [0, 0]
    const before = pads?.[axis] ?? 0
    const behind = pads?.[axis + kernel.length] ?? 0
    if (!isCeil) return [before, behind]
    // As many more rows as the last window reaches beyond; one that would begin there is none.
    const room = image[axis]! + before + behind - extent
    let outputs = Math.ceil(room / steps[axis]!) + 1
    if ((outputs - 1) * steps[axis]! >= image[axis]! + before) outputs--
    const more = (outputs - 1) * steps[axis]! + extent - image[axis]! - before
    return [before, Math.max(behind, more)]
  })
  return { kernel, strides: steps, dilations: spread, pads: sides }
}

/** Whether nothing is added around an image. */
export function isUnpadded({ pads }: Window): boolean {
  return pads.every(([before, behind]) => before === 0 && behind === 0)
}

/** An image with channels last, padded around with a number; negative pads cut off. */
export function paddedImage(x: tf.Tensor, pads: Window['pads'], value = 0): tf.Tensor {
  const sides: [number, number][] = [
    [0, 0],
    ...pads.map(([a, b]): [number, number] => [a, b]),
    [0, 0],
  ]
  if (sides.every(([a, b]) => a === 0 && b === 0)) return x
  return tf.pad(x, sides, value)
}

/** A value as an image with channels last; one axis of pixels becomes two, the first of one row. */
export function asImage(x: Value): tf.Tensor {
  const tensor = x.in(channelsLast(x.rank))
  if (x.rank !== 3) return tensor
  const [batch, length, channels] = tensor.shape as [number, number, number]
  return tf.reshape(tensor, [batch, 1, length, channels])
}

/** The result for a value that was made an image. */
export function fromImage(x: Value, image: tf.Tensor, type: Value['type'] = x.type): Value {
  if (x.rank !== 3) return Value.of(type, image, channelsLast(x.rank))
  const [batch, , length, channels] = image.shape as [number, number, number, number]
  return Value.of(type, tf.reshape(image, [batch, length, channels]), channelsLast(3))
}

/** A window of one axis as one of two. */
export function asTwo<T>(list: readonly T[], one: T): T[] {
  return list.length === 1 ? [one, list[0]!] : [...list]
}

/** The same window for an image whose one axis became two. */
export function twoAxes(window: Window): Window {
  if (window.kernel.length !== 1) return window
  return {
    kernel: asTwo(window.kernel, 1),
    strides: asTwo(window.strides, 1),
    dilations: asTwo(window.dilations, 1),
    pads: asTwo<readonly [number, number]>(window.pads, [0, 0]),
  }
}
