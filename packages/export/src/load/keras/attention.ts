import * as tf from '@tensorflow/tfjs'
import { KerasLayer } from './keras-layer.ts'

/** What it is made of, as Keras writes it. */
interface AttentionConfig {
  readonly name?: string
  readonly numHeads: number
  readonly keyDim: number
  readonly valueDim?: number | null
  readonly dropout?: number
  readonly useBias?: boolean
  /** Features that come out; default: as many as the query has. */
  readonly outputShape?: number | readonly number[] | null
  /** Whether a place sees itself and what is before it alone. An argument of the call in Keras. */
  readonly useCausalMask?: boolean
}

/** One projection: its weights under Keras's names. */
interface Projection {
  readonly kernel: tf.LayerVariable
  readonly bias?: tf.LayerVariable
}

/**
 * Keras's MultiHeadAttention (Vaswani et al. 2017) of [query, value] or [query, value, key], each [batch, length, features]. tfjs's takes all but the query as
 * arguments by name, which a saved model cannot have.
 */
export class MultiHeadAttention extends KerasLayer<AttentionConfig> {
  static readonly className: string = 'Keras3MultiHeadAttention'
  /** `query`, `key`, `value` and `attention_output`, in Keras's order. */
  readonly projections: Map<string, Projection> = new Map()

  constructor(config: AttentionConfig) {
    super(config)
    // No mask leaves it.
    this.supportsMasking = false
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const [query, value, key = value] = inputShape as [tf.Shape, tf.Shape, tf.Shape?]
    const { numHeads, keyDim, useBias = true } = this.settings
    const valueDim = this.settings.valueDim ?? keyDim
    const add = (name: string, kernel: readonly number[], bias: readonly number[]) => {
      const zeros = tf.initializers.zeros()
      const weight = (part: string, shape: readonly number[]) =>
        this.addWeight(`${name}/${part}`, [...shape], 'float32', zeros)
      this.projections.set(name, {
        kernel: weight('kernel', kernel),
        ...(useBias && { bias: weight('bias', bias) }),
      })
    }
    add('query', [query.at(-1)!, numHeads, keyDim], [numHeads, keyDim])
    add('key', [key!.at(-1)!, numHeads, keyDim], [numHeads, keyDim])
    add('value', [value.at(-1)!, numHeads, valueDim], [numHeads, valueDim])
    const features = this.#features(query)
    add('attention_output', [numHeads, valueDim, features], [features])
    super.build(inputShape)
  }

  #features(query: tf.Shape): number {
    const { outputShape } = this.settings
    return outputShape == null ? query.at(-1)! : [outputShape].flat()[0]!
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [query] = inputShape as [tf.Shape]
    return [...query.slice(0, -1), this.#features(query)]
  }

  override computeMask(): tf.Tensor {
    return null as unknown as tf.Tensor
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: { training?: boolean }): tf.Tensor {
    return tf.tidy(() => {
      const [query, value, key = value] = inputs as [tf.Tensor, tf.Tensor, tf.Tensor?]
      const { keyDim, useCausalMask, dropout = 0 } = this.settings
      const q = this.#heads('query', query)
      const k = this.#heads('key', key!)
      const v = this.#heads('value', value)
      const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(keyDim))
      const seen = useCausalMask ? causal(scores) : scores
      const shares = tf.softmax(seen)
      const kept = kwargs.training && dropout > 0 ? tf.dropout(shares, dropout) : shares
      // [batch, heads, length, size] to [batch, length, heads * size]
      const all = tf.transpose(tf.matMul(kept, v), [0, 2, 1, 3])
      const [batch, length, heads, size] = all.shape as [number, number, number, number]
      const { kernel, bias } = this.projections.get('attention_output')!
      const flat = tf.reshape(all, [batch, length, heads * size])
      return plus(project(flat, tf.reshape(kernel.read(), [heads * size, -1])), bias)
    })
  }

  /** [batch, length, features] to [batch, heads, length, size]. */
  #heads(name: string, x: tf.Tensor): tf.Tensor {
    const { kernel, bias } = this.projections.get(name)!
    const [features, heads, size] = kernel.shape as [number, number, number]
    const flat = project(x, tf.reshape(kernel.read(), [features, heads * size]))
    const split = tf.reshape(flat, [...flat.shape.slice(0, -1), heads, size])
    return tf.transpose(plus(split, bias), [0, 2, 1, 3])
  }
}

function project(x: tf.Tensor, kernel: tf.Tensor): tf.Tensor {
  const [batch, length, features] = x.shape as [number, number, number]
  const rows = tf.matMul(tf.reshape(x, [batch * length, features]), kernel as tf.Tensor2D)
  return tf.reshape(rows, [batch, length, kernel.shape[1]!])
}

function plus(x: tf.Tensor, bias: tf.LayerVariable | undefined): tf.Tensor {
  return bias === undefined ? x : tf.add(x, bias.read())
}

/** What lies ahead becomes so small that nothing of it is left. */
function causal(scores: tf.Tensor): tf.Tensor {
  const [rows, columns] = scores.shape.slice(-2) as [number, number]
  const row = tf.reshape(tf.range(0, rows, 1, 'int32'), [rows, 1])
  const column = tf.reshape(tf.range(0, columns, 1, 'int32'), [1, columns])
  const ahead = tf.cast(tf.greater(column, row), 'float32')
  return tf.add(scores, tf.mul(ahead, -1e9))
}
