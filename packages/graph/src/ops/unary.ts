import type { DType, Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import { defineKernel, type KernelDeclaration, type KernelExample } from './declaration.ts'
import { type KernelGradient, zeroGradient } from './gradients/gradient.ts'
import { eluGradGradient } from './gradients/second-order.ts'

interface UnaryRow {
  readonly kernel: string
  /** An ONNX op of the same meaning, or a composition. */
  readonly onnx:
    | string
    | ((builder: OnnxBuilder, x: Value, attrs: Readonly<Record<string, never>>) => Value)
  /** Element type of the result when it is not the input's. */
  readonly dtype?: DType
  readonly isView?: boolean
  readonly isPartwise?: boolean
  readonly gradient?: KernelGradient<never>
  /** Whether the lowering takes integers; others get their input as float32. */
  readonly takesIntegers?: boolean
  /** Range of the example's numbers. */
  readonly range?: readonly [number, number]
  readonly attrs?: KernelExample['attrs']
  readonly tolerance?: number
  readonly values?: readonly number[]
}

/** Kernels of one input `x` that work on each element alone. */
export const unaryKernels: readonly KernelDeclaration[] = (
  [
    { kernel: 'Abs', onnx: 'Abs', takesIntegers: true },
    { kernel: 'Acos', onnx: 'Acos', range: [-0.9, 0.9] },
    { kernel: 'Acosh', onnx: 'Acosh', range: [1.1, 4] },
    { kernel: 'Asin', onnx: 'Asin', range: [-0.9, 0.9] },
    { kernel: 'Asinh', onnx: 'Asinh' },
    { kernel: 'Atan', onnx: 'Atan' },
    { kernel: 'Atanh', onnx: 'Atanh', range: [-0.9, 0.9] },
    { kernel: 'Ceil', onnx: 'Ceil' },
    { kernel: 'Cos', onnx: 'Cos' },
    { kernel: 'Cosh', onnx: 'Cosh' },
    { kernel: 'Elu', onnx: 'Elu' },
    { kernel: 'Erf', onnx: 'Erf' },
    {
      kernel: 'Exp',
      // Of whole numbers in double precision, as tfjs has it.
      onnx: (b, x) => b.unary('Exp', x.dtype === 'float32' ? x : b.cast(x, 'float64')),
      dtype: 'float32',
      takesIntegers: true,
    },
    { kernel: 'Expm1', onnx: (b, x) => b.sub(b.unary('Exp', x), b.scalar(1)) },
    { kernel: 'Floor', onnx: 'Floor' },
    { kernel: 'Identity', onnx: (_, x) => x, isView: true, isPartwise: true, takesIntegers: true },
    {
      kernel: 'IsFinite',
      onnx: finite,
      dtype: 'bool',
      values: [1, Infinity, -Infinity, NaN, 0, -1],
    },
    { kernel: 'IsInf', onnx: 'IsInf', dtype: 'bool', values: [1, Infinity, -Infinity, NaN, 0, -1] },
    { kernel: 'IsNan', onnx: 'IsNaN', dtype: 'bool', values: [1, Infinity, -Infinity, NaN, 0, -1] },
    {
      kernel: 'LeakyRelu',
      onnx: (b, x, { alpha }) => b.unary('LeakyRelu', x, { alpha }),
      attrs: { alpha: 0.3 },
      dtype: 'float32',
    },
    { kernel: 'Log', onnx: 'Log', range: [0.1, 4] },
    { kernel: 'Log1p', onnx: (b, x) => b.unary('Log', b.add(x, b.scalar(1))), range: [-0.5, 4] },
    {
      kernel: 'LogicalNot',
      onnx: 'Not',
      dtype: 'bool',
      takesIntegers: true,
      gradient: zeroGradient('x'),
    },
    { kernel: 'Neg', onnx: 'Neg', isPartwise: true, takesIntegers: true },
    { kernel: 'Reciprocal', onnx: 'Reciprocal', range: [0.5, 3] },
    { kernel: 'Relu', onnx: 'Relu' },
    {
      kernel: 'Relu6',
      onnx: (b, x) => b.node('Clip', [x, b.scalar(0), b.scalar(6)], {}, x),
      range: [-3, 9],
    },
    // ONNX and tfjs both round half to even.
    { kernel: 'Round', onnx: 'Round' },
    { kernel: 'Rsqrt', onnx: (b, x) => b.unary('Reciprocal', b.unary('Sqrt', x)), range: [0.2, 4] },
    {
      kernel: 'Selu',
      onnx: (b, x) =>
        b.unary('Selu', x, {
          alpha: 1.7580993408473768 / 1.0507009873554805,
          gamma: 1.0507009873554805,
        }),
    },
    { kernel: 'Sigmoid', onnx: 'Sigmoid' },
    { kernel: 'Sign', onnx: sign, values: [2, -0.5, 0, NaN, Infinity, -Infinity] },
    { kernel: 'Sin', onnx: 'Sin' },
    { kernel: 'Sinh', onnx: 'Sinh' },
    { kernel: 'Softplus', onnx: 'Softplus' },
    { kernel: 'Sqrt', onnx: 'Sqrt', range: [0, 4] },
    { kernel: 'Square', onnx: (b, x) => b.mul(x, x), takesIntegers: true },
    { kernel: 'Step', onnx: step, attrs: { alpha: 0 }, takesIntegers: true },
    { kernel: 'Tan', onnx: 'Tan', range: [-1, 1] },
    { kernel: 'Tanh', onnx: 'Tanh' },
    { kernel: 'ZerosLike', onnx: (b, x) => all(b, x, 0), isPartwise: true, takesIntegers: true },
    { kernel: 'OnesLike', onnx: (b, x) => all(b, x, 1), takesIntegers: true },
  ] satisfies readonly UnaryRow[]
).map(unary)

/** Kernels like those above that take more than the numbers themselves. */
export const boundedKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly clipValueMin: number; readonly clipValueMax: number }>({
    kernel: 'ClipByValue',
    infer: ({ inputs }) => inputs.x!,
    lower: (context) => {
      const { builder, attrs } = context
      const { values, layout } = elementwiseInputs(context as never, ['x'])
      const [x] = values as [Value]
      const bounds = [attrs.clipValueMin, attrs.clipValueMax].map((each) =>
        builder.scalar(each, x.dtype),
      )
      return placed(builder.node('Clip', [x, ...bounds], {}, x), layout)
    },
    examples: [
      { inputs: { x: { shape: [2, 5] } }, attrs: { clipValueMin: -0.5, clipValueMax: 1 } },
      {
        name: 'integers',
        inputs: { x: { shape: [6], dtype: 'int32' } },
        attrs: { clipValueMin: 1, clipValueMax: 3 },
      },
    ],
  }),
  // dy where y is not negative, else dy * (y + 1).
  defineKernel({
    kernel: 'EluGrad',
    gradient: eluGradGradient,
    infer: ({ inputs }) => inputs.y!,
    lower: (context) => {
      const { builder } = context
      const { values, layout } = elementwiseInputs(context, ['dy', 'y'])
      const [dy, y] = values as [Value, Value]
      const below = builder.binary('Min', y, builder.scalar(0))
      return placed(builder.mul(dy, builder.add(below, builder.scalar(1))), layout)
    },
    examples: [{ inputs: { dy: { shape: [3, 4] }, y: { shape: [3, 4], range: [-1, 2] } } }],
  }),
]

function unary(row: UnaryRow): KernelDeclaration {
  return defineKernel<Readonly<Record<string, never>>>({
    kernel: row.kernel,
    isView: row.isView ?? false,
    isPartwise: row.isPartwise ?? false,
    ...(row.gradient && { gradient: row.gradient }),
    infer: ({ inputs }) => ({ shape: inputs.x!.shape, dtype: row.dtype ?? inputs.x!.dtype }),
    lower: (context) => {
      const { builder, attrs, node } = context
      const { values, layout } = elementwiseInputs(context as never, ['x'])
      const { dtype } = node.outputs[0]!
      const x = row.takesIntegers ? values[0]! : asFloat(builder, values[0]!)
      const result =
        typeof row.onnx === 'string'
          ? builder.unary(row.onnx, x, {}, row.dtype ?? x.dtype)
          : row.onnx(builder, x, attrs)
      return placed(builder.cast(result, dtype), layout)
    },
    examples: [
      {
        inputs: {
          x: row.values
            ? { shape: [row.values.length], values: row.values }
            : {
                shape: [2, 3, 4],
                ...(row.range ? { range: row.range } : {}),
                ...(row.kernel.startsWith('Logical') ? { dtype: 'bool' as const } : {}),
              },
        },
        ...(row.attrs ? { attrs: row.attrs } : {}),
        ...(row.tolerance ? { tolerance: row.tolerance } : {}),
      },
    ],
  })
}

/** ONNX has these functions for floating point only; tfjs computes in doubles and cuts the fraction off. */
function asFloat(builder: OnnxBuilder, x: Value): Value {
  return x.dtype === 'int32' || x.dtype === 'bool' ? builder.cast(x, 'float32') : x
}

/** A constant where the size is fixed, so that a NaN in x does not get through. */
function all(builder: OnnxBuilder, x: Value, fill: number): Value {
  const shape = builder.shape(x.shape)
  return builder.node('Expand', [builder.scalar(fill, x.dtype), shape], {}, x)
}

/** ONNX's Sign of NaN is NaN, tfjs's is 0. */
function sign(builder: OnnxBuilder, x: Value): Value {
  const zero = builder.scalar(0)
  const above = builder.binary('Greater', x, zero, 'bool')
  const below = builder.binary('Less', x, zero, 'bool')
  return builder.sub(builder.cast(above, 'float32'), builder.cast(below, 'float32'))
}

function finite(builder: OnnxBuilder, x: Value): Value {
  const infinite = builder.unary('IsInf', x, {}, 'bool')
  const nan = builder.unary('IsNaN', x, {}, 'bool')
  return builder.unary('Not', builder.binary('Or', infinite, nan))
}

/** 1 above zero, `alpha` elsewhere. A NaN stays one, but with alpha 0, where the comparison is all there is: it masks the gradient of each ReLU. */
function step(builder: OnnxBuilder, x: Value, { alpha }: { readonly alpha?: number }): Value {
  if (!alpha) {
    const above = builder.binary('Greater', x, builder.scalar(0, x.dtype), 'bool')
    return builder.cast(above, x.dtype)
  }
  // (s + s * s) / 2 of the sign s is 1 above zero, 0 elsewhere.
  const signs = builder.unary('Sign', x)
  const above = builder.mul(builder.add(signs, builder.mul(signs, signs)), builder.scalar(0.5))
  return builder.add(builder.mul(above, builder.scalar(1 - alpha)), builder.scalar(alpha))
}
