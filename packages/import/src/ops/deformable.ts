import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'
import { sample } from './sampling.ts'

/** A convolution whose taps lie where other numbers say: the image is sampled at each of them, and a product of matrices does the rest. */
const deformConv: Operator = operator({
  op: 'DeformConv',
  attributes: {
    dilations: absent.numbers,
    group: 1,
    kernel_shape: absent.numbers,
    offset_group: 1,
    pads: absent.numbers,
    strides: absent.numbers,
  },
  refuses: ({ attributes: { kernel_shape } }) =>
    kernel_shape === undefined || kernel_shape.length === 2
      ? undefined
      : 'it is only known for images of two axes',
  run: ({ input, inputs, attributes: given }) => {
    const [x, w, offset] = [input(0), input(1), input(2)]
    const { group, offset_group: parts } = given
    const [batch, channels] = x.shape as [number, number]
    const [outputs, own, rows, columns] = w.shape as [number, number, number, number]
    const [height, width] = offset.shape.slice(2) as [number, number]
    const [dilations, strides] = [given.dilations ?? [1, 1], given.strides ?? [1, 1]]
    const pads = given.pads ?? [0, 0, 0, 0]
    const taps = rows * columns
    const count = height * width
    /** Numbers of each tap `[batch, parts * taps, count]`, one tap of one part at a time. */
    const each = (value: Value, per: number) =>
      tf.reshape(value.plain(), [batch, parts * taps * per, count])
    const offsets = each(offset, 2)
    const masks = inputs[4] && each(inputs[4], 1)
    const row = (of: tf.Tensor, at: number) =>
      tf.reshape(tf.slice(of, [0, at, 0], [batch, 1, count]), [batch, count])
    const places = identity(count)
    const images = tf.split(x.in(channelsLast(4)), parts, 3)
    const sampled = images.map((image, part) => {
      const made = identity(taps).map((tap) => {
        const index = part * taps + tap
        const ky = Math.floor(tap / columns)
        const kx = tap % columns
        const begin = [
          places.map((at) => Math.floor(at / width) * strides[0]! - pads[0]! + ky * dilations[0]!),
          places.map((at) => (at % width) * strides[1]! - pads[1]! + kx * dilations[1]!),
        ]
        const at = begin.map((numbers, axis) =>
          tf.add(row(offsets, 2 * index + axis), tf.tensor2d(numbers, [1, count])),
        )
        const found = sample(image, at, 'linear', (where) => where)
        return masks ? tf.mul(found, tf.expandDims(row(masks, index), -1)) : found
      })
      return tf.stack(made, 2)
    })
    // `[batch, count, taps, channels]`
    const all = sampled.length === 1 ? sampled[0]! : tf.concat(sampled, 3)
    const kernels = tf.split(w.in([2, 3, 1, 0]), group, 3)
    const results = tf.split(all, group, 3).map((columnsOf, at) => {
      const kernel = tf.reshape(kernels[at]!, [taps * own, outputs / group])
      const flat = tf.reshape(columnsOf, [batch * count, (taps * channels) / group])
      return tf.matMul(flat as tf.Tensor2D, kernel as tf.Tensor2D)
    })
    const y = results.length === 1 ? results[0]! : tf.concat(results, 1)
    const shaped = tf.reshape(y, [batch, height, width, outputs])
    const biased = inputs[3] ? tf.add(shaped, inputs[3].plain()) : shaped
    return Value.of(x.type, biased, channelsLast(4))
  },
})

/** Convolutions whose taps move. */
export const deformableOperators: readonly Operator[] = [deformConv]
