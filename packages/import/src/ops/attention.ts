import * as tf from '@tensorflow/tfjs'
import { identity, Value } from '../value/value.ts'
import { absent, type Operator, operator } from './operator.ts'

/** What stands for minus infinity in scores: its softmax is 0, and a row of nothing else has no NaN. */
const LOWEST = -1e30

interface Scores {
  /** `[batch, heads, queries, width]`. */
  readonly q: tf.Tensor
  readonly k: tf.Tensor
  readonly v: tf.Tensor
  readonly scale: number
  /** Added to scores; broadcasts to `[batch, heads, queries, keys]`. */
  readonly bias: tf.Tensor | undefined
  readonly softcap: number
}

/** Attention of all heads; also the scores after each of its stages. */
export function attend({ q, k, v, scale, bias, softcap }: Scores): {
  readonly y: tf.Tensor
  readonly stages: readonly tf.Tensor[]
} {
  const groups = q.shape[1]! / k.shape[1]!
  const [keys, values] = [repeated(k, groups), repeated(v, groups)]
  const half = Math.sqrt(scale)
  const raw = tf.matMul(tf.mul(q, half), tf.mul(keys, half), false, true)
  const capped = softcap > 0 ? tf.mul(tf.tanh(tf.div(raw, softcap)), softcap) : raw
  const biased = bias === undefined ? capped : tf.add(capped, bias)
  let weights = tf.softmax(bias === undefined ? biased : tf.maximum(biased, LOWEST))
  if (bias !== undefined) {
    // A query that may see nothing gives 0.
    const isSeeing = tf.cast(tf.greater(tf.max(bias, -1, true), LOWEST), 'float32')
    weights = tf.mul(weights, isSeeing)
  }
  return { y: tf.matMul(weights, values), stages: [raw, capped, biased, weights] }
}

/** Each head as often as queries share it. */
function repeated(x: tf.Tensor, times: number): tf.Tensor {
  if (times === 1) return x
  const [batch, heads, steps, width] = x.shape as [number, number, number, number]
  const spread = tf.tile(tf.reshape(x, [batch, heads, 1, steps, width]), [1, 1, times, 1, 1])
  return tf.reshape(spread, [batch, heads * times, steps, width])
}

/** `[batch, steps, heads * width]` with the heads apart: `[batch, heads, steps, width]`. */
export function apart(x: tf.Tensor, heads: number): tf.Tensor {
  const [batch, steps, width] = x.shape as [number, number, number]
  return tf.transpose(tf.reshape(x, [batch, steps, heads, width / heads]), [0, 2, 1, 3])
}

/** And back. */
export function together(x: tf.Tensor): tf.Tensor {
  const [batch, heads, steps, width] = x.shape as [number, number, number, number]
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch, steps, heads * width])
}

/** 0 where a flag is set, minus infinity elsewhere. */
function maskOf(flags: tf.Tensor): tf.Tensor {
  return tf.where(flags, tf.zeros(flags.shape), tf.fill(flags.shape, Number.NEGATIVE_INFINITY))
}

/** Which key each query may see by its distance, the queries beginning at a place that is known, or one of each sample. */
export function distanceMask(
  queries: number,
  keys: number,
  from: number | tf.Tensor,
  left: number,
  right: number,
): tf.Tensor {
  const at = tf.reshape(tf.range(0, queries, 1, 'int32'), [queries, 1])
  const key = tf.reshape(tf.range(0, keys, 1, 'int32'), [1, keys])
  const begin =
    typeof from === 'number' ? tf.scalar(from, 'int32') : tf.reshape(from, [-1, 1, 1, 1])
  const distance = tf.sub(key, tf.add(at, begin))
  const near = tf.lessEqual(distance, tf.scalar(right, 'int32'))
  const far =
    left < 0 ? near : tf.logicalAnd(near, tf.greaterEqual(distance, tf.scalar(-left, 'int32')))
  return maskOf(far)
}

/** No bound. */
const FAR = 2 ** 30

function added(a: tf.Tensor | undefined, b: tf.Tensor): tf.Tensor {
  return a === undefined ? b : tf.add(a, b)
}

const attention: Operator = operator({
  op: 'Attention',
  attributes: {
    is_causal: 0,
    kv_num_heads: absent.number,
    q_num_heads: absent.number,
    qk_matmul_output_mode: 0,
    scale: absent.number,
    softcap: 0,
    softmax_precision: absent.number,
    left_window_size: -1,
    right_window_size: -1,
  },
  run: ({ input, inputs, node, attributes: given }) => {
    const isFlat = input(0).rank === 3
    const heads = (index: number, count: number | undefined) =>
      isFlat ? apart(input(index).plain(), count!) : input(index).plain()
    const q = heads(0, given.q_num_heads)
    let k = heads(1, given.kv_num_heads)
    let v = heads(2, given.kv_num_heads)
    const [mask, pastKey, pastValue, lengths] = [inputs[3], inputs[4], inputs[5], inputs[6]]
    if (pastKey) k = tf.concat([pastKey.plain(), k], 2)
    if (pastValue) v = tf.concat([pastValue.plain(), v], 2)
    const [queries, keys] = [q.shape[2]!, k.shape[2]!]
    let bias: tf.Tensor | undefined
    if (mask) {
      const tensor = mask.type === 'bool' ? maskOf(mask.plain()) : mask.plain()
      const more = keys - mask.shape.at(-1)!
      const pads = identity(mask.rank).map((axis): [number, number] => [
        0,
        axis === mask.rank - 1 ? more : 0,
      ])
      bias = more > 0 ? tf.pad(tensor, pads, Number.NEGATIVE_INFINITY) : tensor
    }
    const { left_window_size: left, right_window_size: right } = given
    const ends = lengths && tf.cast(lengths.plain(), 'int32')
    const from =
      ends !== undefined && !pastKey
        ? tf.sub(ends, tf.scalar(queries, 'int32'))
        : (pastKey?.shape[2] ?? 0)
    if (given.is_causal || left >= 0 || right >= 0) {
      const bound = given.is_causal ? 0 : right < 0 ? FAR : right
      bias = added(bias, distanceMask(queries, keys, from, left, bound))
    }
    if (ends !== undefined) {
      const row = tf.reshape(tf.range(0, keys, 1, 'int32'), [1, 1, 1, keys])
      const flags = tf.less(row, tf.reshape(ends, [-1, 1, 1, 1]))
      bias = added(bias, maskOf(flags))
    }
    const { y, stages } = attend({
      ...{ q, k, v, bias, softcap: given.softcap },
      scale: given.scale ?? 1 / Math.sqrt(q.shape[3]!),
    })
    const { type } = input(0)
    const main = Value.of(type, isFlat ? together(y) : y)
    if (node.outputs.length === 1) return main
    return [
      main,
      Value.of(type, k),
      Value.of(type, v),
      Value.of(type, stages[given.qk_matmul_output_mode]!),
    ]
  },
})

/** Positions in turns: `[batch, steps, heads, width]` with the first columns of each head turned by tables of cosines and sines. */
export function rotated(
  x: tf.Tensor,
  cos: tf.Tensor,
  sin: tf.Tensor,
  count: number,
  interleaved: boolean,
): tf.Tensor {
  const [batch, steps, heads, width] = x.shape as [number, number, number, number]
  const turned = tf.slice(x, [0, 0, 0, 0], [-1, -1, -1, count])
  const rest =
    width > count ? tf.slice(x, [0, 0, 0, count], [-1, -1, -1, width - count]) : undefined
  const row = (table: tf.Tensor) =>
    tf.reshape(table, [table.rank === 3 ? table.shape[0]! : 1, steps, 1, count / 2])
  const [c, s] = [row(cos), row(sin)]
  const shape = [batch, steps, heads, count / 2]
  let first: tf.Tensor
  let second: tf.Tensor
  if (interleaved) {
    const pairs = tf.split(tf.reshape(turned, [...shape, 2]), 2, -1)
    first = tf.reshape(pairs[0]!, shape)
    second = tf.reshape(pairs[1]!, shape)
  } else [first, second] = tf.split(turned, 2, -1) as [tf.Tensor, tf.Tensor]
  const real = tf.sub(tf.mul(c, first), tf.mul(s, second))
  const imaginary = tf.add(tf.mul(s, first), tf.mul(c, second))
  const result = interleaved
    ? tf.reshape(tf.stack([real, imaginary], -1), [batch, steps, heads, count])
    : tf.concat([real, imaginary], -1)
  return rest === undefined ? result : tf.concat([result, rest], -1)
}

const rotaryEmbedding = (domain: string): Operator =>
  operator({
    op: 'RotaryEmbedding',
    domain,
    attributes: {
      interleaved: 0,
      num_heads: 0,
      rotary_embedding_dim: 0,
      is_packed_batching: 0,
      scale: 1,
    },
    run: ({ input, inputs, attributes: given }) => {
      const x = input(0)
      // onnxruntime's own has the positions before the tables.
      const [cosAt, sinAt, idsAt] = domain === '' ? [1, 2, 3] : [2, 3, 1]
      const ids = inputs[idsAt!]
      const table = (at: number) => {
        const rows = input(at).plain()
        if (ids === undefined) return rows
        const flat = tf.reshape(tf.cast(ids.plain(), 'int32'), [-1])
        const picked = tf.gather(rows, flat)
        const steps = x.rank === 4 ? x.shape[2]! : x.shape[1]!
        return tf.reshape(picked, [-1, steps, rows.shape.at(-1)!])
      }
      const isApart = x.rank === 4
      const [batch, steps] = [x.shape[0]!, isApart ? x.shape[2]! : x.shape[1]!]
      const tensor = isApart ? tf.transpose(x.plain(), [0, 2, 1, 3]) : x.plain()
      const cos = table(cosAt!)
      const heads = isApart
        ? x.shape[1]!
        : given.num_heads || x.shape[2]! / (given.rotary_embedding_dim || cos.shape.at(-1)! * 2)
      const split = isApart ? tensor : tf.reshape(tensor, [batch, steps, heads, -1])
      const count = given.rotary_embedding_dim || split.shape[3]!
      const y = rotated(split, cos, table(sinAt!), count, given.interleaved === 1)
      return Value.of(
        x.type,
        isApart ? tf.transpose(y, [0, 2, 1, 3]) : tf.reshape(y, x.shape as number[]),
      )
    },
  })

/** onnxruntime's attention: one matrix of weights makes queries, keys and values. */
const packedAttention: Operator = operator({
  op: 'Attention',
  domain: 'com.microsoft',
  attributes: {
    num_heads: 1,
    unidirectional: 0,
    qkv_hidden_sizes: absent.numbers,
    mask_filter_value: -10000,
    scale: absent.number,
    do_rotary: 0,
    rotary_embedding_dim: 0,
    past_present_share_buffer: 0,
  },
  refuses: ({ node, attributes: { do_rotary } }) =>
    do_rotary
      ? 'do_rotary is not known here'
      : node.inputs[4]
        ? 'a cache of earlier steps is not known here'
        : undefined,
  run: ({ input, inputs, attributes: given }) => {
    const x = input(0)
    const [batch, steps, width] = x.shape as [number, number, number]
    const flat = tf.matMul(
      tf.reshape(x.plain(), [batch * steps, width]) as tf.Tensor2D,
      input(1).plain() as tf.Tensor2D,
    )
    const sizes = given.qkv_hidden_sizes ?? new Array<number>(3).fill(flat.shape[1]! / 3)
    const all = inputs[2] ? tf.add(flat, inputs[2].plain()) : flat
    const [q, k, v] = tf
      .split(all, [...sizes], 1)
      .map((part) => apart(tf.reshape(part, [batch, steps, -1]), given.num_heads)) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ]
    let bias = inputs[5]?.plain()
    const mask = inputs[3]
    if (mask) bias = added(bias, keyMask(mask, batch, steps, given.mask_filter_value))
    if (given.unidirectional) bias = added(bias, distanceMask(steps, steps, 0, -1, 0))
    const { y } = attend({
      q,
      k,
      v,
      bias,
      softcap: 0,
      scale: given.scale || 1 / Math.sqrt(q.shape[3]!),
    })
    return Value.of(x.type, together(y))
  },
})

/** Which keys there are: how many of each sample, or a 1 for each. */
function keyMask(mask: Value, batch: number, keys: number, value: number): tf.Tensor {
  const tensor = tf.cast(mask.plain(), 'int32')
  const flags =
    mask.rank === 1
      ? tf.less(
          tf.reshape(tf.range(0, keys, 1, 'int32'), [1, keys]),
          tf.reshape(tf.slice(tensor, 0, batch), [batch, 1]),
        )
      : tf.notEqual(tensor, tf.scalar(0, 'int32'))
  const shape = mask.rank === 3 ? [batch, 1, ...mask.shape.slice(1)] : [batch, 1, 1, keys]
  const missing = tf.sub(1, tf.cast(flags, 'float32'))
  return tf.reshape(tf.mul(missing, value), shape as number[])
}

const multiHead: Operator = operator({
  op: 'MultiHeadAttention',
  domain: 'com.microsoft',
  attributes: { num_heads: 1, mask_filter_value: -10000, scale: absent.number, unidirectional: 0 },
  refuses: ({ node }) =>
    node.inputs[6] || node.inputs[7]
      ? 'a cache of earlier steps is not known here'
      : !node.inputs[1] || !node.inputs[2]
        ? 'keys and values packed into the queries are not known here'
        : undefined,
  run: ({ input, inputs, attributes: given }) => {
    const { type } = input(0)
    const sizes = [0, 1, 2].map((index) => input(index).shape.at(-1)!)
    const biases = inputs[3] ? tf.split(inputs[3].plain(), sizes) : undefined
    const [q, k, v] = [0, 1, 2].map((index) => {
      const value = input(index)
      if (value.rank === 4) return value.plain()
      const tensor = biases ? tf.add(value.plain(), biases[index]!) : value.plain()
      return apart(tensor, given.num_heads)
    }) as [tf.Tensor, tf.Tensor, tf.Tensor]
    let bias = inputs[5]?.plain()
    if (inputs[4])
      bias = added(bias, keyMask(inputs[4], q.shape[0]!, k.shape[2]!, given.mask_filter_value))
    if (given.unidirectional) bias = added(bias, distanceMask(q.shape[2]!, k.shape[2]!, 0, -1, 0))
    const { y } = attend({
      q,
      k,
      v,
      bias,
      softcap: 0,
      scale: given.scale || 1 / Math.sqrt(q.shape[3]!),
    })
    return Value.of(type, together(y))
  },
})

const linearAttention: Operator = operator({
  op: 'LinearAttention',
  attributes: {
    chunk_size: absent.number,
    kv_num_heads: 1,
    q_num_heads: 1,
    scale: 0,
    update_rule: 'gated_delta',
  },
  run: ({ input, inputs, attributes: given }) => {
    const q = apart(input(0).plain(), given.q_num_heads)
    const k = apart(input(1).plain(), given.kv_num_heads)
    const v = apart(input(2).plain(), given.kv_num_heads)
    const [batch, , steps, width] = q.shape as [number, number, number, number]
    const [heads, out] = [given.kv_num_heads, v.shape[3]!]
    const decay = inputs[4] && apart(inputs[4].plain(), heads)
    const beta = inputs[5] && apart(inputs[5].plain(), inputs[5].shape.at(-1)!)
    const scale = given.scale || 1 / Math.sqrt(width)
    let state = inputs[3]?.plain() ?? tf.zeros([batch, heads, width, out])
    const row = (x: tf.Tensor, t: number) => tf.slice(x, [0, 0, t, 0], [-1, -1, 1, -1])
    const rows: tf.Tensor[] = []
    for (let t = 0; t < steps; t++) {
      const key = row(k, t)
      let value = row(v, t)
      if (decay) state = tf.mul(state, tf.transpose(tf.exp(row(decay, t)), [0, 1, 3, 2]))
      if (beta) value = tf.mul(row(beta, t), tf.sub(value, tf.matMul(key, state)))
      state = tf.add(state, tf.matMul(key, value, true, false))
      rows.push(tf.mul(tf.matMul(row(q, t), repeated(state, given.q_num_heads / heads)), scale))
    }
    return [
      Value.of(input(0).type, together(tf.concat(rows, 2))),
      Value.of(inputs[3]?.type ?? input(0).type, state),
    ]
  },
})

/** Attention in all its forms, and positions for it. */
export const attentionOperators: readonly Operator[] = [
  attention,
  packedAttention,
  multiHead,
  rotaryEmbedding(''),
  rotaryEmbedding('com.microsoft'),
  linearAttention,
]
