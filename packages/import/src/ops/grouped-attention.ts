import * as tf from '@tensorflow/tfjs'
import { Value } from '../value/value.ts'
import { apart, attend, distanceMask, rotated, together } from './attention.ts'
import { absent, type Operator, operator } from './operator.ts'

/** onnxruntime's attention of language models: several heads share keys and values, each query sees what comes before it. */
const groupQuery: Operator = operator({
  op: 'GroupQueryAttention',
  domain: 'com.microsoft',
  attributes: {
    num_heads: 1,
    kv_num_heads: 1,
    scale: absent.number,
    softcap: 0,
    do_rotary: 0,
    rotary_interleaved: 0,
    local_window_size: -1,
    smooth_softmax: 0,
    qk_output: 0,
    k_quant_type: 'NONE',
    v_quant_type: 'NONE',
    kv_cache_bit_width: 0,
  },
  refuses: ({ node: { inputs }, attributes: given }) => {
    if (inputs[3] || inputs[4])
      return 'a cache of earlier steps is not known here; export it without past keys and values'
    if (inputs[11] || given.smooth_softmax === 1) return 'sinks of its softmax are not known here'
    return given.k_quant_type !== 'NONE' || given.v_quant_type !== 'NONE'
      ? 'a quantized cache is not known here'
      : undefined
  },
  run: ({ input, inputs, attributes: given }) => {
    const x = input(0)
    const { num_heads: heads, kv_num_heads: shared } = given
    const [batch, steps, columns] = x.shape as [number, number, number]
    const isPacked = inputs[1] === undefined
    const width = isPacked ? columns / (heads + 2 * shared) : columns / heads
    const [q, k, v] = isPacked
      ? tf.split(x.plain(), [heads * width, shared * width, shared * width], 2)
      : [x.plain(), input(1).plain(), input(2).plain()]
    const turned = (each: tf.Tensor, count: number) => {
      if (!given.do_rotary) return apart(each, count)
      const ids = inputs[9] && tf.reshape(tf.cast(inputs[9].plain(), 'int32'), [-1])
      const table = (at: number) => {
        const rows = input(at).plain()
        if (ids === undefined) return tf.slice(rows, [0, 0], [steps, -1])
        return tf.reshape(tf.gather(rows, ids), [-1, steps, rows.shape[1]!])
      }
      const [cos, sin] = [table(7), table(8)]
      const split = tf.reshape(each, [batch, steps, count, width])
      const far = 2 * cos.shape.at(-1)!
      const made = rotated(split, cos, sin, far, given.rotary_interleaved === 1)
      return tf.transpose(made, [0, 2, 1, 3])
    }
    const [queries, keys, values] = [turned(q!, heads), turned(k!, shared), apart(v!, shared)]
    // The window counts the query itself.
    const left = given.local_window_size > 0 ? given.local_window_size - 1 : -1
    const causal = distanceMask(steps, steps, 0, left, 0)
    const bias = inputs[10] ? tf.add(causal, inputs[10].plain()) : causal
    const scale = given.scale || 1 / Math.sqrt(width)
    const { y } = attend({ q: queries, k: keys, v: values, bias, scale, softcap: given.softcap })
    return [together(y), keys, values].map((each) => Value.of(x.type, each))
  },
})

/** Attention whose heads share keys and values. */
export const groupedAttentionOperators: readonly Operator[] = [groupQuery]
