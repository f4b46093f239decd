import * as tf from '@tensorflow/tfjs'
import { typeOf } from '../file/types.ts'
import { axisOf, lastOrder } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { type Operator, operator } from './operator.ts'

function window(op: string, fn: (turn: number) => number): Operator {
  return operator({
    op,
    attributes: { output_datatype: 1, periodic: 1 },
    constants: 'all',
    run: ({ numbers, attributes: { output_datatype, periodic } }) => {
      const size = numbers(0, 'the size')[0]!
      const whole = periodic ? size : size - 1
      const data = identity(size).map((at) => fn((2 * Math.PI * at) / whole))
      return Value.known(typeOf(output_datatype)!, [size], data)
    },
  })
}

/** Cosines and sines that make frequencies of samples, `[length, outputs]` each. */
function waves(
  length: number,
  size: number,
  outputs: number,
  isInverse: boolean,
): [tf.Tensor2D, tf.Tensor2D] {
  const real = new Float32Array(length * outputs)
  const imaginary = new Float32Array(length * outputs)
  for (let at = 0; at < length; at++) {
    for (let wave = 0; wave < outputs; wave++) {
      // Exact where the product is large.
      const angle = (2 * Math.PI * ((at * wave) % size)) / size
      real[at * outputs + wave] = Math.cos(angle) / (isInverse ? size : 1)
      imaginary[at * outputs + wave] =
        ((isInverse ? 1 : -1) * Math.sin(angle)) / (isInverse ? size : 1)
    }
  }
  return [tf.tensor2d(real, [length, outputs]), tf.tensor2d(imaginary, [length, outputs])]
}

/** Frequencies of rows `[rows, length]`, as products of matrices. */
function transformed(
  real: tf.Tensor2D,
  imaginary: tf.Tensor2D | undefined,
  size: number,
  outputs: number,
  isInverse: boolean,
): [tf.Tensor, tf.Tensor] {
  const length = Math.min(size, real.shape[1]!)
  const cut = (x: tf.Tensor2D) => (x.shape[1]! > size ? tf.slice(x, [0, 0], [-1, size]) : x)
  const [cos, sin] = waves(length, size, outputs, isInverse)
  const [a, b] = [cut(real), imaginary && cut(imaginary)]
  if (b === undefined) return [tf.matMul(a, cos), tf.matMul(a, sin)]
  return [
    tf.sub(tf.matMul(a, cos), tf.matMul(b, sin)),
    tf.add(tf.matMul(a, sin), tf.matMul(b, cos)),
  ]
}

const dft: Operator = operator({
  op: 'DFT',
  attributes: { axis: 1, inverse: 0, onesided: 0 },
  constants: [1, 2],
  run: ({ input, inputs, attributes: given, opset, where }) => {
    const x = input(0)
    const wanted = opset >= 20 ? (inputs[2]?.numbers(where, 'the axis')[0] ?? -2) : given.axis
    const axis = axisOf(wanted, x.rank, where)
    const isComplex = x.shape.at(-1) === 2
    const order = lastOrder(x, axis)
    const length = x.shape[axis]!
    const isInverse = given.inverse === 1
    const usual = isInverse && given.onesided ? 2 * (length - 1) : length
    const size = inputs[1]?.numbers(where, 'the length')[0] ?? usual
    // Real and imaginary parts, the axis last.
    const parts = tf.split(
      x.in([...identity(x.rank - 1).filter((each) => each !== axis), x.rank - 1, axis]),
      isComplex ? 2 : 1,
      -2,
    )
    const rows = parts.map((part) => tf.reshape(part, [-1, length]) as tf.Tensor2D)
    if (given.onesided && isInverse) {
      // What is left out of the frequencies of real numbers mirrors the rest.
      const full = mirrored(rows[0]!, rows[1]!, size)
      const [real] = transformed(full[0], full[1], size, size, true)
      const lead = order.slice(0, -1).filter((each) => each !== x.rank - 1)
      return Value.of(x.type, tf.reshape(real, [...lead.map((each) => x.shape[each]!), size, 1]), [
        ...lead,
        axis,
        x.rank - 1,
      ])
    }
    const outputs = given.onesided ? Math.floor(size / 2) + 1 : size
    const [real, imaginary] = transformed(rows[0]!, rows[1], size, outputs, isInverse)
    const lead = identity(x.rank - 1).filter((each) => each !== axis)
    const shape = [...lead.map((each) => x.shape[each]!), outputs]
    const both = tf.stack([tf.reshape(real, shape), tf.reshape(imaginary, shape)], -1)
    return Value.of(x.type, both, [...lead, axis, x.rank - 1])
  },
})

function mirrored(
  real: tf.Tensor2D,
  imaginary: tf.Tensor2D | undefined,
  size: number,
): [tf.Tensor2D, tf.Tensor2D] {
  const half = real.shape[1]!
  const rest = tf.tensor1d(
    identity(size - half).map((at) => size - half - at),
    'int32',
  )
  const b = imaginary ?? (tf.zerosLike(real) as tf.Tensor2D)
  return [
    tf.concat([real, tf.gather(real, rest, 1)], 1) as tf.Tensor2D,
    tf.concat([b, tf.neg(tf.gather(b, rest, 1))], 1) as tf.Tensor2D,
  ]
}

const stft: Operator = operator({
  op: 'STFT',
  attributes: { onesided: 1 },
  constants: [1, 3],
  run: ({ input, inputs, numbers, attributes: { onesided }, where }) => {
    const x = input(0)
    const step = numbers(1, 'the step')[0]!
    const shape = inputs[2]
    const size = inputs[3]?.numbers(where, 'the length')[0] ?? shape!.size
    const isComplex = x.rank === 3 && x.shape[2] === 2
    const [batch, length] = x.shape as [number, number]
    const frames = Math.floor((length - size) / step) + 1
    const places = tf.tensor1d(
      identity(frames).flatMap((frame) => identity(size).map((at) => frame * step + at)),
      'int32',
    )
    const parts = isComplex ? tf.split(x.plain(), 2, -1) : [x.plain()]
    const rows = parts.map((part) => {
      const framed = tf.reshape(tf.gather(tf.reshape(part, [batch, length]), places, 1), [
        batch * frames,
        size,
      ])
      return (shape ? tf.mul(framed, shape.plain()) : framed) as tf.Tensor2D
    })
    const outputs = onesided ? Math.floor(size / 2) + 1 : size
    const [real, imaginary] = transformed(rows[0]!, rows[1], size, outputs, false)
    const both = tf.stack([real, imaginary], -1)
    return Value.of(x.type, tf.reshape(both, [batch, frames, outputs, 2]))
  },
})

const melMatrix: Operator = operator({
  op: 'MelWeightMatrix',
  attributes: { output_datatype: 1 },
  constants: 'all',
  run: ({ numbers, attributes: { output_datatype } }) => {
    const [bins, size, rate, low, high] = [0, 1, 2, 3, 4].map(
      (index) => numbers(index, 'the numbers')[0]!,
    ) as [number, number, number, number, number]
    const rows = Math.floor(size / 2) + 1
    const mel = (hertz: number) => 2595 * Math.log10(1 + hertz / 700)
    const [from, to] = [mel(low), mel(high)]
    const edges = identity(bins + 2).map((at) => {
      const hertz = 700 * (10 ** ((from + (at * (to - from)) / (bins + 2)) / 2595) - 1)
      return Math.floor(((size + 1) * hertz) / rate)
    })
    const data = new Array<number>(rows * bins).fill(0)
    for (let bin = 0; bin < bins; bin++) {
      const [start, centre, end] = edges.slice(bin, bin + 3) as [number, number, number]
      if (centre === start) data[centre * bins + bin] = 1
      else
        for (let at = start; at <= centre; at++)
          data[at * bins + bin] = (at - start) / (centre - start)
      if (end > centre)
        for (let at = centre; at < end; at++) data[at * bins + bin] = (end - at) / (end - centre)
    }
    return Value.known(typeOf(output_datatype)!, [rows, bins], data)
  },
})

/** Sounds and their frequencies. */
export const signalOperators: readonly Operator[] = [
  window('HannWindow', (turn) => 0.5 - 0.5 * Math.cos(turn)),
  window('HammingWindow', (turn) => 25 / 46 - (21 / 46) * Math.cos(turn)),
  window('BlackmanWindow', (turn) => 0.42 - 0.5 * Math.cos(turn) + 0.08 * Math.cos(2 * turn)),
  dft,
  stft,
  melMatrix,
]
