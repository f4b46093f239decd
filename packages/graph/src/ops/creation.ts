import { EngineError } from '@ashlar/errors'
import {
  ceilDiv,
  type Dim,
  type DType,
  isStatic,
  larger,
  minus,
  times,
  type Value,
} from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Kernels without inputs. */
export const creationKernels: readonly KernelDeclaration[] = [
  defineKernel<{
    readonly shape: readonly Dim[]
    readonly value: Dim | string
    readonly dtype?: DType
  }>({
    kernel: 'Fill',
    sizeAttrs: ['shape', 'value'],
    copies: true,
    infer: ({ attrs: { shape, value, dtype } }) => ({
      shape,
      dtype: (dtype ?? (typeof value === 'string' ? 'string' : 'float32')) as 'float32',
    }),
    lower: ({ builder, attrs: { value }, node }) => {
      const { shape, dtype } = node.outputs[0]!
      if (typeof value === 'string') {
        throw new EngineError({
          where: `${node.scope || 'lowering'} (Fill)`,
          expected: 'a graph has tensors of numbers only',
          given: value,
        })
      }
      if (typeof value === 'number') return builder.full(value, shape, dtype)
      const number = builder.scalar(value, dtype)
      return builder.node('Expand', [number, builder.shape(shape)], {}, { shape, dtype })
    },
    examples: [
      { inputs: {}, attrs: { shape: [2, 3], value: 1.5, dtype: 'float32' } },
      { name: 'integers', inputs: {}, attrs: { shape: [4], value: -7, dtype: 'int32' } },
    ],
  }),
  defineKernel<{
    readonly start: Dim
    readonly stop: Dim
    readonly step: number
    readonly dtype?: 'float32' | 'int32'
  }>({
    kernel: 'Range',
    sizeAttrs: ['start', 'stop'],
    copies: true,
    infer: ({ attrs: { start, stop, step, dtype } }) => {
      return { shape: [countOf(start, stop, step)], dtype: dtype ?? 'float32' }
    },
    lower: ({ builder, attrs: { start, stop, step }, node }) => {
      const { shape, dtype } = node.outputs[0]!
      if (isStatic(shape) && typeof start === 'number') {
        return builder.tensor(progression(start, step, shape[0]!), shape, dtype)
      }
      const type = Number.isInteger(step) ? 'int64' : 'float32'
      const ends = [start, stop].map((end) => builder.scalar(end, type))
      const spec = { shape, dtype: type } as const
      const range = builder.node('Range', [...ends, builder.scalar(step, type)], {}, spec)
      return builder.cast(range, dtype)
    },
    examples: [
      { inputs: {}, attrs: { start: 1, stop: 9, step: 2, dtype: 'int32' } },
      {
        name: 'backwards',
        inputs: {},
        attrs: { start: 2, stop: 0, step: -0.25, dtype: 'float32' },
      },
    ],
  }),
  defineKernel<{ readonly start: number; readonly stop: number; readonly num: Dim }>({
    kernel: 'LinSpace',
    sizeAttrs: ['num'],
    infer: ({ attrs: { num } }) => ({ shape: [num], dtype: 'float32' }),
    lower: ({ builder, attrs: { start, stop, num }, node }) => {
      const { shape } = node.outputs[0]!
      if (typeof num === 'number') {
        return builder.tensor(
          progression(start, (stop - start) / (num - 1), num),
          shape as number[],
        )
      }
      const places = rangeOf(builder, num, 'int64')
      // One number alone is the first.
      const steps = builder.scalar(larger(1, minus(num, 1)), 'float32')
      const step = builder.div(builder.scalar(stop - start), steps)
      const offset = builder.mul(builder.cast(places, 'float32'), step)
      return builder.add(offset, builder.scalar(start))
    },
    examples: [
      { inputs: {}, attrs: { start: -1, stop: 2, num: 7 } },
      { name: 'one', inputs: {}, attrs: { start: 3, stop: 5, num: 1 } },
    ],
  }),
]

function progression(start: number, step: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? start : start + index * step))
}

/** How many numbers there are from `start` to before `stop`. */
function countOf(start: Dim, stop: Dim, step: number): Dim {
  if (typeof start === 'number' && typeof stop === 'number') {
    return Math.max(0, Math.ceil((stop - start) / step))
  }
  // Steps below one, such as 0.5, are whole numbers of some part.
  const parts = [1, 2, 4, 5, 8, 10, 100, 1000].find((each) => Number.isInteger(step * each))
  if (parts === undefined || step === 0) {
    throw new EngineError({
      where: 'range',
      expected: 'the step of a range of varying length must be a whole number or a simple fraction',
      given: step,
      hint: 'Take a range of whole numbers, and multiply it.',
    })
  }
  return larger(0, ceilDiv(times(minus(stop, start), parts), step * parts))
}

/** 0, 1, ... to before a size. */
export function rangeOf(builder: OnnxBuilder, size: Dim, dtype: 'int32' | 'int64'): Value {
  if (typeof size === 'number') {
    return builder.shared(`places ${size} ${dtype}`, () =>
      builder.tensor(progression(0, 1, size), [size], dtype),
    )
  }
  const ends = [builder.scalar(0, 'int64'), builder.scalar(size, 'int64')]
  const spec = { shape: [size], dtype: 'int64' } as const
  const range = builder.node('Range', [...ends, builder.scalar(1, 'int64')], {}, spec)
  return builder.cast(range, dtype)
}
