import { normalize } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import * as tf from '@tensorflow/tfjs'
import { axisOf, channelsLast } from '../value/axes.ts'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

const batchNorm: Operator = operator({
  op: 'BatchNormalization',
  attributes: {
    epsilon: 1e-5,
    momentum: 0.9,
    training_mode: 0,
    spatial: 1,
    is_test: absent.number,
    consumed_inputs: absent.numbers,
  },
  statistics: [3, 4],
  refuses: ({ attributes: { spatial } }) =>
    spatial === 0 ? 'statistics for each pixel (spatial = 0) are not known here' : undefined,
  run: ({
    input,
    node,
    attributes: { epsilon, momentum, training_mode },
    training,
    update,
    opset,
    where,
  }) => {
    const x = input(0)
    // Numbers of one axis are samples of one channel.
    const isList = x.rank === 1
    requirePerChannel([1, 2, 3, 4].map(input), isList ? 1 : x.shape[1], where)
    const order = x.rank < 3 ? identity(x.rank) : channelsLast(x.rank)
    const tensor = isList ? tf.reshape(x.in(order), [-1, 1]) : x.in(order)
    const [scale, offset, mean, variance] = [1, 2, 3, 4].map((index) => input(index).plain())
    const normalized = (m: tf.Tensor, v: tf.Tensor) => {
      // The kernel knows no more than four axes.
      const given = tensor.rank === 5 ? tf.reshape(tensor, [-1, x.shape[1]!]) : tensor
      const y = tf.batchNorm(
        given as tf.Tensor4D,
        m as tf.Tensor1D,
        v as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        epsilon,
      )
      return Value.of(x.type, tf.reshape(y, isList ? [-1] : tensor.shape), order)
    }
    const asFile = training_mode === 1 && node.outputs.length > 1
    if (!training && !asFile) return normalized(mean!, variance!)
    const axes = identity(tensor.rank - 1)
    const moments = tf.moments(tensor, axes)
    const mixed = (before: tf.Tensor, now: tf.Tensor) =>
      tf.sub(before, tf.mul(tf.sub(before, now), 1 - momentum))
    if (training) {
      update(3, (before) => Value.of(before.type, mixed(before.plain(), moments.mean)))
      update(4, (before) => Value.of(before.type, mixed(before.plain(), moments.variance)))
    }
    const y = normalized(moments.mean, moments.variance)
    if (!asFile) return y
    return [
      y,
      Value.of(x.type, mixed(mean!, moments.mean)),
      Value.of(x.type, mixed(variance!, moments.variance)),
      ...(opset < 14 ? [Value.of(x.type, moments.mean), Value.of(x.type, moments.variance)] : []),
    ]
  },
})

/** Scale, offset, mean and variance of a batch norm, in the order of its inputs. */
const PER_CHANNEL = ['scale', 'B', 'mean', 'var'] as const

/** The standard has a number for each channel; one for all of them is refused by onnxruntime as well, but only when it runs. */
function requirePerChannel(
  given: readonly Value[],
  channels: number | null | undefined,
  where: string,
): void {
  for (const [at, { shape }] of given.entries()) {
    if (shape.length === 1 && shape[0] === channels) continue
    throw new DataError({
      where,
      expected: `${PER_CHANNEL[at]} must be of shape [${channels}], a number for each channel`,
      given: shape,
    })
  }
}

/** Normalizes over the last axes of a tensor. */
export function normalizeLast(x: tf.Tensor, count: number, epsilon: number): tf.Tensor {
  return normalize(x, identity(x.rank).slice(x.rank - count), epsilon)
}

/** The order of a value whose axes from one on lie last, in their order. */
function tailOrder(x: Value, axis: number): number[] {
  const tail = identity(x.rank).slice(axis)
  return [...x.order.filter((each) => each < axis), ...tail]
}

const layerNormAttributes = { axis: -1, epsilon: 1e-5, stash_type: 1 }

const layerNorm = (domain: string): Operator =>
  operator({
    op: 'LayerNormalization',
    domain,
    attributes: layerNormAttributes,
    run: ({ input, inputs, node, attributes: { axis, epsilon }, where }) => {
      const x = input(0)
      const from = axisOf(axis, x.rank, where)
      const order = tailOrder(x, from)
      const y = normalizeLast(x.in(order), x.rank - from, epsilon)
      // What is recognised may have no scale.
      const scaled = inputs[1] ? tf.mul(y, inputs[1].plain()) : y
      const result = inputs[2] ? tf.add(scaled, inputs[2].plain()) : scaled
      const main = Value.of(x.type, result, order)
      if (node.outputs.length < 2) return main
      const { mean, variance } = tf.moments(x.in(order), identity(x.rank).slice(from), true)
      const inverse = tf.rsqrt(tf.add(variance, epsilon))
      return [main, Value.of('float32', mean, order), Value.of('float32', inverse, order)]
    },
  })

const rmsNorm = (op: string, domain: string): Operator =>
  operator({
    op,
    domain,
    attributes: layerNormAttributes,
    run: ({ input, attributes: { axis, epsilon }, where }) => {
      const x = input(0)
      const from = axisOf(axis, x.rank, where)
      const order = tailOrder(x, from)
      const tensor = x.in(order)
      const axes = identity(x.rank).slice(from)
      const mean = tf.mean(tf.square(tensor), axes, true)
      const y = tf.mul(tensor, tf.rsqrt(tf.add(mean, epsilon)))
      return Value.of(x.type, tf.mul(y, input(1).plain()), order)
    },
  })

const skipLayerNorm = (op: string, isSimple: boolean): Operator =>
  operator({
    op,
    domain: 'com.microsoft',
    attributes: { epsilon: 1e-12 },
    run: ({ input, inputs, node, attributes: { epsilon } }) => {
      const x = input(0)
      const skip = input(1).plain()
      const bias = isSimple ? inputs[3] : inputs[4]
      const both = tf.add(x.plain(), skip)
      const sum = bias ? tf.add(both, bias.plain()) : both
      let y: tf.Tensor
      if (isSimple) {
        y = tf.mul(sum, tf.rsqrt(tf.add(tf.mean(tf.square(sum), -1, true), epsilon)))
      } else y = normalizeLast(sum, 1, epsilon)
      const scaled = tf.mul(y, input(2).plain())
      const beta = isSimple ? undefined : inputs[3]
      const main = Value.of(x.type, beta ? tf.add(scaled, beta.plain()) : scaled)
      return node.outputs.length < 2 ? main : [main, undefined, undefined, Value.of(x.type, sum)]
    },
  })

/** onnxruntime's sum of the embeddings of words, places and segments, normalized; also which tokens there are. */
const embedLayerNorm: Operator = operator({
  op: 'EmbedLayerNormalization',
  domain: 'com.microsoft',
  attributes: { epsilon: 1e-12, mask_index_type: absent.number },
  run: ({ input, inputs, node, attributes: { epsilon, mask_index_type } }) => {
    const ids = input(0)
    const [batch, steps] = ids.shape as [number, number]
    const rows = (table: Value, places: tf.Tensor) =>
      tf.gather(table.plain(), tf.cast(places, 'int32'))
    const words = rows(input(2), ids.plain())
    const places = inputs[8]
      ? rows(input(3), inputs[8].plain())
      : tf.slice(input(3).plain(), [0, 0], [steps, -1])
    const segments = inputs[4] && inputs[1] && rows(inputs[4], inputs[1].plain())
    const both = tf.add(words, places)
    const sum = segments ? tf.add(both, segments) : both
    const y = tf.add(tf.mul(normalizeLast(sum, 1, epsilon), input(5).plain()), input(6).plain())
    const main = Value.of(input(2).type, y)
    if (node.outputs.length < 2) return main
    const isCounted = inputs[7] && mask_index_type !== 0
    const index = isCounted
      ? tf.sum(tf.cast(inputs[7]!.plain(), 'int32'), 1)
      : tf.zeros([batch], 'int32')
    return [main, Value.of('int32', index), Value.of(main.type, sum)]
  },
})

const instanceNorm: Operator = operator({
  op: 'InstanceNormalization',
  attributes: { epsilon: 1e-5, consumed_inputs: absent.numbers },
  run: ({ input, attributes: { epsilon } }) => {
    const x = input(0)
    const order = channelsLast(x.rank)
    const tensor = x.in(order)
    const y = normalize(tensor, identity(x.rank).slice(1, -1), epsilon)
    return Value.of(x.type, tf.add(tf.mul(y, input(1).plain()), input(2).plain()), order)
  },
})

const groupNorm: Operator = operator({
  op: 'GroupNormalization',
  attributes: { epsilon: 1e-5, num_groups: 1, stash_type: 1 },
  run: ({ input, attributes: { epsilon, num_groups: groups }, opset }) => {
    const x = input(0)
    const order = channelsLast(x.rank)
    const tensor = x.in(order)
    const channels = x.shape[1]!
    const split = [...tensor.shape.slice(0, -1), groups, channels / groups]
    const parts = tf.reshape(tensor, split)
    const axes = [...identity(x.rank).slice(1, -1), x.rank]
    const y = normalize(parts, axes, epsilon)
    // One scale for each group at first, for each channel since opset 21.
    const each = (value: Value) =>
      opset < 21 && value.size === groups
        ? tf.reshape(tf.tile(tf.reshape(value.plain(), [groups, 1]), [1, channels / groups]), [
            channels,
          ])
        : value.plain()
    const back = tf.reshape(y, tensor.shape)
    return Value.of(x.type, tf.add(tf.mul(back, each(input(1))), each(input(2))), order)
  },
})

const lrn: Operator = operator({
  op: 'LRN',
  attributes: { alpha: 1e-4, beta: 0.75, bias: 1, size: 1 },
  run: ({ input, attributes: { alpha, beta, bias, size } }) => {
    const x = input(0)
    const order = channelsLast(x.rank)
    const tensor = x.in(order)
    const channels = x.shape[1]!
    const before = Math.floor((size - 1) / 2)
    const pads = tensor.shape.map((_, axis): [number, number] =>
      axis === x.rank - 1 ? [before, size - 1 - before] : [0, 0],
    )
    const squares = tf.pad(tf.square(tensor), pads)
    const from = (at: number) => [...new Array<number>(x.rank - 1).fill(0), at]
    const sizes = [...tensor.shape.slice(0, -1), channels]
    const sum = identity(size)
      .map((at) => tf.slice(squares, from(at), sizes))
      .reduce((all, each) => tf.add(all, each))
    const scale = tf.pow(tf.add(tf.mul(sum, alpha / size), bias), beta)
    return Value.of(x.type, tf.div(tensor, scale), order)
  },
})

/** What brings numbers to one mean and size. */
export const normalizationOperators: readonly Operator[] = [
  batchNorm,
  layerNorm(''),
  layerNorm('com.microsoft'),
  rmsNorm('RMSNormalization', ''),
  rmsNorm('SimplifiedLayerNormalization', ''),
  rmsNorm('SimplifiedLayerNormalization', 'com.microsoft'),
  skipLayerNorm('SkipLayerNormalization', false),
  skipLayerNorm('SkipSimplifiedLayerNormalization', true),
  embedLayerNorm,
  instanceNorm,
  groupNorm,
  lrn,
]
