import { gelu as exactGelu, geluTanh } from '@ashlar/core'
import * as tf from '@tensorflow/tfjs'
import { axisOf, elementwise, lastOrder, withRank } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { absent, always, type Defaults, type Operator, operator, type Widened } from './operator.ts'

function activation<const D extends Defaults>(
  op: string,
  attributes: D,
  fn: (x: tf.Tensor, attributes: Widened<D>) => tf.Tensor,
  domain = '',
): Operator {
  return operator({
    op,
    domain,
    attributes: { ...attributes, consumed_inputs: absent.numbers },
    run: ({ input, attributes: given }) => {
      const x = input(0)
      return Value.of(x.type, fn(x.lying(), given as unknown as Widened<D>), x.order)
    },
  })
}

/** Gelu as it is, and by tanh. */
export function gelu(x: tf.Tensor, approximate: string): tf.Tensor {
  return approximate === 'tanh' ? geluTanh(x) : exactGelu(x)
}

/** alpha * (exp(x / scale) - 1) below zero, x above. */
function exponential(x: tf.Tensor, alpha: number, scale = 1): tf.Tensor {
  const below = tf.minimum(x, 0)
  const part = tf.mul(tf.expm1(scale === 1 ? below : tf.div(below, scale)), alpha)
  return tf.add(tf.relu(x), part)
}

const hardSigmoid = (x: tf.Tensor, alpha: number, beta: number) =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1)

const clip: Operator = operator({
  op: 'Clip',
  attributes: { min: absent.number, max: absent.number, consumed_inputs: absent.numbers },
  constants: [1, 2],
  isNonNegative: ({ node, number }) => Number(node.attributes.get('min') ?? number(1) ?? -1) >= 0,
  run: ({ input, inputs, attributes }) => {
    const x = input(0)
    const limits = [inputs[1], inputs[2]].map((each) => each?.known()?.[0] as number | undefined)
    const low = attributes.min ?? limits[0]
    const high = attributes.max ?? limits[1]
    if ((inputs[1] && low === undefined) || (inputs[2] && high === undefined)) {
      const raised = inputs[1] ? elementwise([x, inputs[1]], x.type, tf.maximum) : x
      return inputs[2] ? elementwise([raised, inputs[2]], x.type, tf.minimum) : raised
    }
    if (low === undefined && high === undefined) return x
    if (low === 0 && high === undefined) return Value.of(x.type, tf.relu(x.lying()), x.order)
    if (low === 0 && high === 6) return Value.of(x.type, tf.relu6(x.lying()), x.order)
    // Where the limits cross, the upper one counts.
    const bottom = Math.min(low ?? -Infinity, high ?? Infinity)
    return Value.of(x.type, tf.clipByValue(x.lying(), bottom, high ?? Infinity), x.order)
  },
})

const prelu: Operator = operator({
  op: 'PRelu',
  run: ({ input }) => {
    const x = input(0)
    // One slope for each channel, in files of opset 6 and before.
    const slope = input(1)
    const fits =
      slope.rank === 1 && x.rank > 2 && slope.size === x.shape[1] && slope.size !== x.shape.at(-1)
    const given = fits
      ? Value.of(
          slope.type,
          tf.reshape(slope.plain(), [slope.size, ...new Array(x.rank - 2).fill(1)]),
        )
      : slope
    return elementwise([x, withRank(given, x.rank)], x.type, (tensor, along) =>
      tf.add(
        tf.relu(tensor),
        tf.mul(along, tf.minimum(tensor, tf.scalar(0, tensor.dtype as 'float32'))),
      ),
    )
  },
})

/** Softmax and its like: along one axis since opset 13, over all axes from one on before. */
function along(op: string, fn: (rows: tf.Tensor) => tf.Tensor): Operator {
  return operator({
    op,
    attributes: { axis: absent.number },
    run: ({ input, attributes, opset, where }) => {
      const x = input(0)
      const axis = axisOf(attributes.axis ?? (opset < 13 ? 1 : -1), x.rank, where)
      if (opset >= 13 || axis === x.rank - 1) {
        const order = lastOrder(x, axis)
        return Value.of(x.type, fn(x.in(order)), order)
      }
      const tensor = x.plain()
      const columns = x.shape.slice(axis).reduce((product, size) => product * size, 1)
      const rows = fn(tf.reshape(tensor, [-1, columns]))
      return Value.of(x.type, tf.reshape(rows, tensor.shape))
    },
  })
}

/** 1 at the first largest number of each row, 0 elsewhere. */
function hardmax(rows: tf.Tensor): tf.Tensor {
  const size = rows.shape.at(-1)!
  return tf.cast(tf.oneHot(tf.cast(tf.argMax(rows, -1), 'int32'), size), 'float32')
}

const swish = (x: tf.Tensor, alpha: number) =>
  tf.mul(x, tf.sigmoid(alpha === 1 ? x : tf.mul(x, alpha)))

/** Identity but for training, where it leaves numbers out. */
const dropout: Operator = operator({
  op: 'Dropout',
  attributes: {
    ratio: 0.5,
    seed: absent.number,
    is_test: absent.number,
    consumed_inputs: absent.numbers,
  },
  constants: [1, 2],
  run: ({ input, inputs, attributes, training, opset, node, where }) => {
    const x = input(0)
    const ratio =
      opset < 12
        ? attributes.ratio
        : ((inputs[1]?.numbers(where, 'the ratio')[0] as number | undefined) ?? 0.5)
    const isActive = training && ratio > 0
    const y = isActive ? Value.of(x.type, tf.dropout(x.lying(), ratio), x.order) : x
    if (node.outputs.length < 2) return y
    return [y, Value.of('bool', tf.onesLike(tf.cast(x.lying(), 'bool')), x.order)]
  },
})

/** Activations, along an axis or number by number. */
export const activationOperators: readonly Operator[] = [
  { ...activation('Relu', {}, tf.relu), isNonNegative: always },
  { ...activation('Sigmoid', {}, tf.sigmoid), isNonNegative: always },
  activation('Tanh', {}, tf.tanh),
  activation('LeakyRelu', { alpha: 0.01 }, (x, { alpha }) => tf.leakyRelu(x, alpha)),
  activation('Elu', { alpha: 1 }, (x, { alpha }) =>
    alpha === 1 ? tf.elu(x) : exponential(x, alpha),
  ),
  activation('Celu', { alpha: 1 }, (x, { alpha }) => exponential(x, alpha, alpha)),
  activation(
    'Selu',
    { alpha: 1.6732631921768188, gamma: 1.0507010221481323 },
    (x, { alpha, gamma }) => tf.mul(exponential(x, alpha), gamma),
  ),
  { ...activation('Softplus', {}, tf.softplus), isNonNegative: always },
  activation('Softsign', {}, (x) => tf.div(x, tf.add(tf.abs(x), 1))),
  {
    ...activation('HardSigmoid', { alpha: 0.2, beta: 0.5 }, (x, { alpha, beta }) =>
      hardSigmoid(x, alpha, beta),
    ),
    isNonNegative: always,
  },
  activation('HardSwish', {}, (x) => tf.mul(x, hardSigmoid(x, 1 / 6, 0.5))),
  activation('Mish', {}, (x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  activation('ThresholdedRelu', { alpha: 1 }, (x, { alpha }) =>
    tf.mul(x, tf.cast(tf.greater(x, alpha), 'float32')),
  ),
  activation('Shrink', { bias: 0, lambd: 0.5 }, (x, { bias, lambd }) => {
    const mask = (test: tf.Tensor) => tf.cast(test, x.dtype as 'float32')
    return tf.add(
      tf.mul(mask(tf.less(x, -lambd)), tf.add(x, tf.scalar(bias, x.dtype as 'float32'))),
      tf.mul(mask(tf.greater(x, lambd)), tf.sub(x, tf.scalar(bias, x.dtype as 'float32'))),
    )
  }),
  activation('Swish', { alpha: 1 }, (x, { alpha }) => swish(x, alpha)),
  activation('Gelu', { approximate: 'none' }, (x, { approximate }) => gelu(x, approximate)),
  activation('Gelu', {}, (x) => gelu(x, 'none'), 'com.microsoft'),
  activation('QuickGelu', { alpha: 1.702 }, (x, { alpha }) => swish(x, alpha), 'com.microsoft'),
  ...['FastGelu', 'BiasGelu'].map((op) =>
    operator({
      op,
      domain: 'com.microsoft',
      run: ({ input, inputs }) => {
        const x = inputs[1] ? elementwise([input(0), inputs[1]], input(0).type, tf.add) : input(0)
        return Value.of(x.type, gelu(x.lying(), op === 'FastGelu' ? 'tanh' : 'none'), x.order)
      },
    }),
  ),
  clip,
  prelu,
  { ...along('Softmax', (rows) => tf.softmax(rows)), isNonNegative: always },
  along('LogSoftmax', (rows) => tf.logSoftmax(rows)),
  along('Hardmax', hardmax),
  dropout,
  operator({
    op: 'LpNormalization',
    attributes: { axis: -1, p: 2 },
    run: ({ input, attributes: { axis, p }, where }) => {
      const x = input(0)
      const order = lastOrder(x, axisOf(axis, x.rank, where))
      const tensor = x.in(order)
      const size =
        p === 1 ? tf.sum(tf.abs(tensor), -1, true) : tf.sqrt(tf.sum(tf.square(tensor), -1, true))
      return Value.of(x.type, tf.divNoNan(tensor, size), order)
    },
  }),
  operator({
    op: 'MeanVarianceNormalization',
    attributes: { axes: [0, 2, 3] },
    run: ({ input, attributes: { axes } }) => {
      const x = input(0)
      const places = axes.map((axis) => x.order.indexOf((axis + x.rank) % x.rank))
      const { mean, variance } = tf.moments(x.lying(), places, true)
      return Value.of(
        x.type,
        tf.div(tf.sub(x.lying(), mean), tf.add(tf.sqrt(variance), 1e-9)),
        x.order,
      )
    },
  }),
  operator({
    op: 'SwiGLU',
    attributes: { alpha: 1 },
    run: ({ input, attributes: { alpha } }) =>
      elementwise([input(0), input(1)], input(0).type, (a, b) => tf.mul(swish(a, alpha), b)),
  }),
]
