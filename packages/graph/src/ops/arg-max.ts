import { type Dim, isStatic, sizeOf, type Value } from '../ir/index.ts'
import { withoutNan } from '../lower/accurate.ts'
import { branch } from '../lower/branch.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { topKGradient } from './gradients/picking.ts'

/** So many numbers are looked through for NaN first. */
const LONG = 2 ** 14

/** For an example: every seventh number is none, or infinite. */
function longValues(which: 'NaN' | 'infinities'): number[] {
  return Array.from({ length: (LONG / 4) * 6 }, (_, at) => {
    if (at % 7 > 0) return Math.sin(at)
    if (which === 'NaN') return Number.NaN
    return at % 2 === 0 ? Infinity : -Infinity
  })
}

/** Kernels that find where the largest or smallest elements are; among equals the first. */
export const argMaxKernels: readonly KernelDeclaration[] = [
  ...(['ArgMax', 'ArgMin'] as const).map((kernel) =>
    defineKernel<{ readonly axis: number }>({
      kernel,
      exact: {
        over: (numbers) => placeOfBest(numbers, kernel),
        ofOneAxis: true,
        takes: ['float32', 'int32'],
      },
      note: 'NaN is passed over; of equal numbers it is the first.',
      wrongInTfjs: { how: 'It takes a NaN that comes first for the best.', types: ['float32'] },
      infer: ({ inputs, attrs }) => ({
        shape: inputs.x!.shape.filter((_, axis) => axis !== axisOf(attrs.axis, inputs.x!.shape)),
        dtype: 'int32',
      }),
      lower: ({ builder, input, attrs, node, target: { portable } }) => {
        const given = input('x')
        const x = given.dtype === 'float32' ? given : builder.cast(given, 'int32')
        const place = (inner: OnnxBuilder, numbers: Value) =>
          inner.node(
            kernel,
            [numbers],
            { axis: axisOf(attrs.axis, x.shape), keepdims: 0 },
            { shape: node.outputs[0]!.shape, dtype: 'int64' },
          )
        // NaN is passed over wherever it stands, as tfjs's tests want it; onnxruntime takes one that comes first.
        const worst = kernel === 'ArgMax' ? -Infinity : Infinity
        const passedOver = (inner: OnnxBuilder, numbers: Value) =>
          place(inner, withoutNan(inner, numbers, worst))
        if (x.dtype !== 'float32') return builder.cast(place(builder, x), 'int32')
        const isLong = !portable && isStatic(x.shape) && Number(sizeOf(x.shape)) >= LONG
        if (!isLong) return builder.cast(passedOver(builder, x), 'int32')
        // Their sum is NaN where one of them is, and found in a tenth of the time that putting something in its place takes.
        const axes = x.shape.map((_, axis) => axis)
        const sum = builder.reduce('ReduceSum', x, axes, false)
        const isNan = builder.unary('IsNaN', sum, {}, 'bool')
        const then_branch = branch(builder, [x] as const, (inner, [same]) =>
          passedOver(inner, same),
        )
        const else_branch = branch(builder, [x] as const, (inner, [same]) => place(inner, same))
        const like = { shape: node.outputs[0]!.shape, dtype: 'int64' } as const
        const found = builder.nodes('If', [isNan, x], { then_branch, else_branch }, [like], '', 1)
        return builder.cast(found[0]!, 'int32')
      },
      examples: [
        { inputs: { x: { shape: [3, 4] } }, attrs: { axis: 1 } },
        {
          name: 'ties',
          inputs: { x: { shape: [2, 3], values: [1, 2, 2, 0, 0, 0] } },
          attrs: { axis: 1 },
        },
        { name: 'long', inputs: { x: { shape: [2, LONG] } }, attrs: { axis: 1 } },
        ...(['NaN', 'infinities'] as const).map((name) => ({
          name: `long, ${name} among others`,
          inputs: { x: { shape: [LONG / 4, 2, 3], values: longValues(name) } },
          attrs: { axis: 2 },
        })),
      ],
    }),
  ),
  defineKernel<{ readonly k: Dim; readonly sorted: boolean }>({
    kernel: 'TopK',
    gradient: topKGradient,
    sizeAttrs: ['k'],
    note: 'ONNX leaves the order of NaN open.',
    infer: ({ inputs, attrs }) => {
      const shape = [...inputs.x!.shape.slice(0, -1), attrs.k]
      return [
        { shape, dtype: inputs.x!.dtype },
        { shape, dtype: 'int32' },
      ]
    },
    lower: ({ builder, input, attrs, node }) => {
      const x = input('x')
      const { shape } = node.outputs[0]!
      const [values, indices] = builder.nodes(
        'TopK',
        [x, builder.shape([attrs.k])],
        { axis: x.shape.length - 1, largest: 1, sorted: 1 },
        [
          { shape, dtype: x.dtype },
          { shape, dtype: 'int64' },
        ],
      )
      return [values!, builder.cast(indices!, 'int32')]
    },
    examples: [{ inputs: { x: { shape: [3, 6] } }, attrs: { k: 2, sorted: true } }],
  }),
]

function placeOfBest(numbers: readonly number[], kernel: 'ArgMax' | 'ArgMin'): number {
  let [place, best] = [0, kernel === 'ArgMax' ? -Infinity : Infinity]
  for (const [index, each] of numbers.entries()) {
    if (kernel === 'ArgMax' ? each > best : each < best) [place, best] = [index, each]
  }
  return place
}

function axisOf(axis: number | readonly number[], shape: readonly unknown[]): number {
  const first = typeof axis === 'number' ? axis : axis[0]!
  return first < 0 ? first + shape.length : first
}
