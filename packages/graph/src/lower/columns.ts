import { constant, sizeOf, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import { toLast } from './layout.ts'
import type { Window } from './window.ts'

/** An image of fewer channels than this has rows too short to be gathered one by one. */
export const FEW_CHANNELS = 8

/** Windows of more taps and channels than this make one-hot filters dearer than what they save. */
const MOST_COLUMNS = 128

/** Whether what a kernel's windows see is better had in columns: for few channels, and few taps of them. */
export function suitsColumns(kernel: readonly number[], inputs: number): boolean {
  return inputs < FEW_CHANNELS && Number(sizeOf(kernel)) * inputs <= MOST_COLUMNS
}

/**
 * What each window sees, one tap and channel a row: [batch, taps * channels, windows].
 *
 * For images of few channels. A convolution with one-hot filters copies each tap into a channel of its own, which is quicker than gathering
 * single numbers; onnxruntime blocks it by itself, since the filters are constant.
 *
 * @param x channels first.
 */
export function oneHotColumns(builder: OnnxBuilder, x: Value, window: Window): Value {
  const columns = oneHotConvolution(builder, x, window)
  const [batch, width] = columns.shape as readonly [number, number]
  return builder.reshape(columns, [batch, width, Number(sizeOf(window.output))])
}

/** The same, one window a row: [batch * windows, taps * channels]. */
export function oneHotRows(builder: OnnxBuilder, x: Value, window: Window): Value {
  const columns = oneHotConvolution(builder, x, window)
  const [batch, width] = columns.shape as readonly [number, number]
  const last = builder.transpose(columns, toLast(columns.shape.length))
  return builder.reshape(last, [batch * Number(sizeOf(window.output)), width])
}

function oneHotConvolution(builder: OnnxBuilder, x: Value, window: Window): Value {
  const [batch, inputs] = x.shape as readonly [number, number]
  const taps = Number(sizeOf(window.kernel))
  const width = taps * inputs
  const filters = builder.shared(`one-hot ${window.kernel} ${inputs}`, () => {
    const data = new Float32Array(width * width)
    // Filter (tap, channel) reads channel `channel` at `tap`.
    for (let tap = 0; tap < taps; tap++) {
      for (let channel = 0; channel < inputs; channel++) {
        data[(tap * inputs + channel) * width + channel * taps + tap] = 1
      }
    }
    return constant(data, [width, inputs, ...window.kernel], 'float32')
  })
  return builder.node(
    'Conv',
    [x, filters],
    {
      kernel_shape: window.kernel,
      strides: window.strides,
      dilations: window.dilations,
      pads: [...window.before, ...window.after],
    },
    { shape: [batch, width, ...window.output], dtype: x.dtype },
  )
}

/** left x right^T per batch entry, [batch, m, k] and [batch, n, k] to [batch, m, n], by onnxruntime's own op. */
export function timesTransposed(
  builder: OnnxBuilder,
  left: Value,
  right: Value,
  factor = 1,
): Value {
  return builder.node(
    'FusedMatMul',
    [left, right],
    // The op knows `alpha` as a float only.
    factor === 1 ? { transB: 1 } : { transB: 1, alpha: factor },
    { shape: [left.shape[0]!, left.shape[1]!, right.shape[1]!], dtype: left.dtype },
    'com.microsoft',
  )
}
