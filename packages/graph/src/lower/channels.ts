import { sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Layout } from './layout.ts'

/**
 * Mean of each channel over batch and space, as a vector [channels].
 *
 * Channels last, a reduction over rows is a product with a row of 1/n: a matrix product runs many times faster than onnxruntime's
 * ReduceMean over leading axes.
 */
export function channelMeans(builder: OnnxBuilder, x: Value, layout: Layout): Value {
  const rank = x.shape.length
  if (layout === 'last') {
    const channels = x.shape.at(-1)!
    const rows = Number(sizeOf(x.shape.slice(0, -1)))
    const weights = builder.ones(1 / rows, [1, rows])
    const sums = builder.matMul(weights, builder.reshape(x, [rows, channels]))
    return builder.reshape(sums, [channels])
  }
  const channels = x.shape[1]!
  if (layout === 'blocked') {
    const pooled = builder.node(
      'GlobalAveragePool',
      [x],
      {},
      { shape: [x.shape[0]!, channels, 1, 1], dtype: x.dtype },
      'com.microsoft.nchwc',
    )
    return builder.reshape(builder.reduce('ReduceMean', pooled, [0], false), [channels])
  }
  const spatial = Array.from({ length: rank - 2 }, (_, axis) => axis + 2)
  return builder.reduce('ReduceMean', x, [0, ...spatial], false)
}
