import { EngineError } from '@ashlar/errors'
import { type Dim, type DType, isStatic, mapDims, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Kernels without inputs. */
export const creationKernels: readonly KernelDeclaration[] = [
  defineKernel<{
    readonly shape: readonly Dim[]
    readonly value: number | string
    readonly dtype?: DType
  }>({
    kernel: 'Fill',
    copies: true,
    infer: ({ attrs: { shape, value, dtype } }) => ({
      shape: shape as readonly number[],
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
      return builder.full(Number(value), shape, dtype)
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
    copies: true,
    infer: ({ attrs: { start, stop, step, dtype } }) => {
      const count = Math.ceil((Number(stop) - Number(start)) / step)
      return { shape: [Math.max(0, count)], dtype: dtype ?? 'float32' }
    },
    lower: ({ builder, attrs: { start, stop, step }, node }) => {
      const { shape, dtype } = node.outputs[0]!
      if (isStatic(shape) && typeof start === 'number') {
        return builder.tensor(progression(start, step, shape[0]!), shape, dtype)
      }
      const type = Number.isInteger(step) ? 'int64' : 'float32'
      const ends = [start, stop].map((end) => scalarOf(builder, end, type))
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
    infer: ({ attrs: { num } }) => ({ shape: [num as number], dtype: 'float32' }),
    lower: ({ builder, attrs: { start, stop, num }, node }) => {
      const { shape } = node.outputs[0]!
      if (typeof num === 'number') {
        return builder.tensor(
          progression(start, (stop - start) / (num - 1), num),
          shape as number[],
        )
      }
      const ends = [builder.scalar(0, 'int64'), scalarOf(builder, num, 'int64')]
      const spec = { shape, dtype: 'int64' } as const
      const places = builder.node('Range', [...ends, builder.scalar(1, 'int64')], {}, spec)
      const steps = scalarOf(
        builder,
        mapDims((count) => count - 1, num),
        'float32',
      )
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

/** A number that may depend on the captured size, as a scalar. */
export function scalarOf(builder: OnnxBuilder, value: Dim, dtype: DType): Value {
  if (typeof value === 'number') return builder.scalar(value, dtype)
  return builder.cast(builder.reshape(builder.size(value), []), dtype)
}
