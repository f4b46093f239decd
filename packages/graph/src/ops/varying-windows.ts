import { boundsOf, type Dim, minus, plus, times, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { reachOf, type Window } from '../lower/window.ts'
import { rangeOf } from './creation.ts'

/** One axis of windows whose size or stride varies. */
interface Axis {
  readonly kernel: Dim
  readonly stride: Dim
  readonly dilation: number
  readonly before: Dim
  readonly input: Dim
  readonly output: Dim
}

/**
 * Pools images [batch, channels, ...space] by windows whose size and stride may follow a size that varies, where ONNX's own pools want numbers. Axis by axis: the
 * pixels of each window side by side, then reduced. Averages leave padding out.
 */
export function poolWindows(
  builder: OnnxBuilder,
  x: Value,
  window: Window<Dim, Dim>,
  op: 'MaxPool' | 'AveragePool',
): Value {
  return window.kernel.reduce<Value>((image, kernel, index) => {
    const axis: Axis = {
      kernel,
      stride: window.strides[index]!,
      dilation: window.dilations[index]!,
      before: window.before[index]!,
      input: window.input[index]!,
      output: window.output[index]!,
    }
    return poolAxis(builder, image, 2 + index, axis, op)
  }, x)
}

function poolAxis(
  builder: OnnxBuilder,
  x: Value,
  at: number,
  axis: Axis,
  op: 'MaxPool' | 'AveragePool',
): Value {
  if (axis.kernel === 1 && axis.stride === 1 && axis.before === 0 && axis.output === axis.input) {
    return x
  }
  const number = (value: Dim) => builder.scalar(value, 'int64')
  const first = builder.sub(
    builder.mul(rangeOf(builder, axis.output, 'int64'), number(axis.stride)),
    number(axis.before),
  )
  const step = builder.mul(rangeOf(builder, axis.kernel, 'int64'), number(axis.dilation))
  const places = builder.add(builder.reshape(first, [axis.output, 1]), step)
  const behind = x.shape.slice(at + 1).map(() => 1)
  const isPadded = reachesOut(axis)
  const last = minus(axis.input, 1)
  const within = isPadded
    ? builder.node('Clip', [places, number(0), number(last)], {}, places)
    : places
  const seen = builder.gather(x, within, at)
  const isAverage = op === 'AveragePool'
  if (!isPadded) {
    return builder.reduce(isAverage ? 'ReduceMean' : 'ReduceMax', seen, [at + 1], false)
  }
  const isInside = builder.binary('Equal', places, within, 'bool')
  const mask = builder.reshape(isInside, [axis.output, axis.kernel, ...behind])
  const lowest = x.dtype === 'int32' ? -(2 ** 31) : Number.NEGATIVE_INFINITY
  const filled = builder.where(mask, seen, builder.scalar(isAverage ? 0 : lowest, x.dtype))
  if (!isAverage) return builder.reduce('ReduceMax', filled, [at + 1], false)
  const counts = builder.reduce('ReduceSum', builder.cast(isInside, x.dtype), [1], false)
  const sum = builder.reduce('ReduceSum', filled, [at + 1], false)
  return builder.div(sum, builder.reshape(counts, [axis.output, ...behind]))
}

/** Whether windows may see beyond the image. */
function reachesOut({ kernel, stride, dilation, before, input, output }: Axis): boolean {
  if (before !== 0) return true
  const end = plus(times(minus(output, 1), stride), reachOf(kernel, dilation))
  return boundsOf(minus(end, input))[1] > 0
}
