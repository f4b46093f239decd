import type { DType, Value } from '../ir/index.ts'
import type { WrongInTfjs } from '../javascript/javascript-kernel.ts'
import { elu, expm1, log1p, sigmoid, step } from '../lower/accurate.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import { converted, wide } from '../lower/integers.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { erf, sigmoid as exactSigmoid, roundToEven, softplus } from './exact.ts'
import { type KernelGradient, zeroGradient } from './gradients/gradient.ts'
import {
  hyperbolicSine,
  inverseCosine,
  inverseSine,
  op,
  positive,
  scaledInteger,
} from './unary-integers.ts'

interface UnaryRow {
  readonly kernel: string
  /** What it means in double precision; see `KernelDeclaration.exact`. */
  readonly exact: (x: number, attrs: UnaryAttrs) => number
  /** The same of integers, where it goes beyond what a double holds. */
  readonly exactIntegers?: (x: number) => number
  /** An ONNX op of the same meaning, or a composition. */
  readonly onnx: string | ((builder: OnnxBuilder, x: Value, attrs: UnaryAttrs) => Value)
  /** The same for integers; by default they are computed as floating point, which holds no more than 24 bits of them, and the fraction is cut off. */
  readonly integers?: (builder: OnnxBuilder, x: Value, attrs: UnaryAttrs) => Value
  /** What it is swept over; default float32 alone. */
  readonly takes?: readonly DType[]
  readonly note?: string
  readonly wrongInTfjs?: WrongInTfjs
  /** Element type of the result when it is not the input's. */
  readonly dtype?: DType
  readonly isView?: boolean
  readonly copies?: boolean
  readonly isPartwise?: boolean
  readonly joinsConvolution?: boolean
  readonly gradient?: KernelGradient<never>
  /** Range of the example's numbers. */
  readonly range?: readonly [number, number]
  /** An example for each. */
  readonly attrs?: readonly UnaryAttrs[]
  readonly tolerance?: number
  readonly values?: readonly number[]
}

/** Those of LeakyRelu and Step. */
interface UnaryAttrs {
  readonly alpha?: number
}

const numbers = ['float32', 'int32'] as const
const everything = ['float32', 'int32', 'bool'] as const
const nan = [1, Infinity, -Infinity, NaN, 0, -1]
const same = (_: unknown, x: Value): Value => x
const SELU = { alpha: 1.6732632423543772, scale: 1.0507009873554805 }
const SMALL_BELOW = {
  how: 'It gives 0, or a few digits, for small numbers below zero.',
  types: ['float32'],
} as const

/** Kernels of one input `x` that work on each element alone. */
export const unaryKernels: readonly KernelDeclaration[] = (
  [
    {
      kernel: 'Abs',
      onnx: 'Abs',
      exact: Math.abs,
      takes: numbers,
      integers: op('Abs'),
      wrongInTfjs: { how: 'It computes integers in float32.', types: ['int32'] },
    },
    { kernel: 'Acos', onnx: 'Acos', exact: Math.acos, takes: numbers, range: [-0.9, 0.9] },
    {
      kernel: 'Acosh',
      onnx: 'Acosh',
      exact: Math.acosh,
      takes: numbers,
      integers: inverseCosine,
      range: [1.1, 4],
    },
    { kernel: 'Asin', onnx: 'Asin', exact: Math.asin, takes: numbers, range: [-0.9, 0.9] },
    {
      kernel: 'Asinh',
      onnx: 'Asinh',
      exact: Math.asinh,
      takes: numbers,
      integers: inverseSine,
    },
    { kernel: 'Atan', onnx: 'Atan', exact: Math.atan, takes: numbers },
    { kernel: 'Atanh', onnx: 'Atanh', exact: Math.atanh, takes: numbers, range: [-0.9, 0.9] },
    { kernel: 'Ceil', onnx: 'Ceil', exact: Math.ceil, takes: numbers, integers: same },
    { kernel: 'Cos', onnx: 'Cos', exact: Math.cos },
    { kernel: 'Cosh', onnx: 'Cosh', exact: Math.cosh },
    {
      kernel: 'Elu',
      onnx: (b, x) => elu(b, x),
      exact: (x) => (x > 0 ? x : Math.expm1(x)),
      wrongInTfjs: SMALL_BELOW,
    },
    {
      kernel: 'Erf',
      onnx: 'Erf',
      exact: erf,
      wrongInTfjs: {
        how: 'Its formula is right to 1e-7 absolutely, not relatively.',
        types: ['float32'],
      },
    },
    {
      kernel: 'Exp',
      onnx: 'Exp',
      exact: Math.exp,
      takes: numbers,
      // Of whole numbers in double precision, as tfjs has it.
      integers: (b, x) => b.unary('Exp', wide(b, x)),
      dtype: 'float32',
    },
    {
      kernel: 'Expm1',
      onnx: expm1,
      exact: Math.expm1,
      takes: numbers,
      integers: (b, x) => b.sub(b.unary('Exp', wide(b, x)), b.scalar(1, 'float64')),
    },
    { kernel: 'Floor', onnx: 'Floor', exact: Math.floor, takes: numbers, integers: same },
    {
      kernel: 'Identity',
      copies: true,
      onnx: same,
      exact: (x) => x,
      takes: everything,
      integers: same,
      isView: true,
      isPartwise: true,
    },
    {
      kernel: 'IsFinite',
      onnx: finite,
      exact: (x) => Number(Number.isFinite(x)),
      takes: numbers,
      dtype: 'bool',
      values: nan,
    },
    {
      kernel: 'IsInf',
      onnx: 'IsInf',
      exact: (x) => Number(Math.abs(x) === Number.POSITIVE_INFINITY),
      takes: numbers,
      dtype: 'bool',
      values: nan,
    },
    {
      kernel: 'IsNan',
      onnx: 'IsNaN',
      exact: (x) => Number(Number.isNaN(x)),
      takes: numbers,
      dtype: 'bool',
      values: nan,
    },
    {
      kernel: 'LeakyRelu',
      onnx: (b, x, { alpha }) => b.unary('LeakyRelu', x, { alpha: alpha! }),
      exact: (x, { alpha }) => (x < 0 ? alpha! * x : x),
      takes: numbers,
      attrs: [{ alpha: 0.3 }],
      dtype: 'float32',
      joinsConvolution: true,
    },
    { kernel: 'Log', onnx: 'Log', exact: Math.log, range: [0.1, 4] },
    {
      kernel: 'Log1p',
      onnx: log1p,
      exact: Math.log1p,
      takes: numbers,
      integers: (b, x) => b.unary('Log', b.add(wide(b, x), b.scalar(1, 'float64'))),
      range: [-0.5, 4],
    },
    {
      kernel: 'LogicalNot',
      gradient: zeroGradient('x'),
      onnx: 'Not',
      exact: (x) => Number(x === 0),
      takes: ['bool'],
      dtype: 'bool',
    },
    {
      kernel: 'Neg',
      onnx: 'Neg',
      exact: (x) => -x,
      takes: numbers,
      integers: op('Neg'),
      isPartwise: true,
    },
    {
      kernel: 'Reciprocal',
      onnx: 'Reciprocal',
      exact: (x) => 1 / x,
      takes: numbers,
      range: [0.5, 3],
    },
    {
      kernel: 'Relu',
      onnx: 'Relu',
      joinsConvolution: true,
      exact: (x) => Math.max(x, 0),
      takes: numbers,
      integers: positive,
    },
    {
      kernel: 'Relu6',
      onnx: upToSix,
      joinsConvolution: true,
      exact: (x) => Math.min(Math.max(x, 0), 6),
      takes: numbers,
      integers: upToSix,
      range: [-3, 9],
    },
    // ONNX and tfjs both round half to even.
    { kernel: 'Round', onnx: 'Round', exact: roundToEven, takes: numbers, integers: same },
    {
      kernel: 'Rsqrt',
      onnx: (b, x) => b.unary('Reciprocal', b.unary('Sqrt', x)),
      exact: (x) => 1 / Math.sqrt(x),
      range: [0.2, 4],
    },
    {
      kernel: 'Selu',
      onnx: (b, x) => elu(b, x, SELU.alpha, SELU.scale),
      exact: (x) => SELU.scale * (x > 0 ? x : SELU.alpha * Math.expm1(x)),
      takes: numbers,
      integers: scaledInteger(SELU.scale),
      wrongInTfjs: SMALL_BELOW,
    },
    { kernel: 'Sigmoid', onnx: sigmoid, exact: exactSigmoid },
    {
      kernel: 'Sign',
      onnx: sign,
      exact: (x) => Number(x > 0) - Number(x < 0),
      takes: numbers,
      integers: op('Sign'),
      values: [2, -0.5, 0, NaN, Infinity, -Infinity],
      note: 'Of NaN it is 0, as in tfjs.',
    },
    { kernel: 'Sin', onnx: 'Sin', exact: Math.sin },
    {
      kernel: 'Sinh',
      onnx: 'Sinh',
      exact: Math.sinh,
      takes: numbers,
      integers: hyperbolicSine,
    },
    {
      kernel: 'Softplus',
      onnx: 'Softplus',
      exact: softplus,
      takes: numbers,
      // What it is above x is less than one, and cut off.
      integers: positive,
    },
    { kernel: 'Sqrt', onnx: 'Sqrt', exact: Math.sqrt, range: [0, 4] },
    {
      kernel: 'Square',
      onnx: (b, x) => b.mul(x, x),
      exact: (x) => x * x,
      exactIntegers: (x) => Math.imul(x, x),
      takes: numbers,
      integers: (b, x) => b.mul(x, x),
      wrongInTfjs: { how: 'It loses the last digits of large integers.', types: ['int32'] },
    },
    {
      kernel: 'Step',
      onnx: (b, x, { alpha = 0 }) => stepOf(b, x, alpha),
      exact: (x, { alpha = 0 }) => (Number.isNaN(x) ? x : x > 0 ? 1 : alpha),
      takes: numbers,
      integers: (b, x, { alpha = 0 }) => integerStep(b, x, alpha),
      attrs: [{ alpha: 0 }, { alpha: 0.3 }, { alpha: -2 }],
    },
    { kernel: 'Tan', onnx: 'Tan', exact: Math.tan, range: [-1, 1] },
    { kernel: 'Tanh', onnx: 'Tanh', exact: Math.tanh, joinsConvolution: true },
    {
      kernel: 'ZerosLike',
      copies: true,
      onnx: (b, x) => all(b, x, 0),
      exact: () => 0,
      takes: everything,
      integers: (b, x) => all(b, x, 0),
      isPartwise: true,
    },
    {
      kernel: 'OnesLike',
      copies: true,
      onnx: (b, x) => all(b, x, 1),
      exact: () => 1,
      takes: everything,
      integers: (b, x) => all(b, x, 1),
    },
  ] satisfies readonly UnaryRow[]
).map(unary)

function unary(row: UnaryRow): KernelDeclaration {
  const takes = row.takes ?? ['float32']
  return defineKernel<UnaryAttrs>({
    kernel: row.kernel,
    exact: { of: row.exact, takes, ofIntegers: row.exactIntegers },
    note: row.note,
    wrongInTfjs: row.wrongInTfjs,
    isView: row.isView ?? false,
    copies: row.copies ?? false,
    isPartwise: row.isPartwise ?? false,
    joinsConvolution: row.joinsConvolution ?? false,
    ...(row.gradient && { gradient: row.gradient }),
    infer: ({ inputs }) => ({ shape: inputs.x!.shape, dtype: row.dtype ?? inputs.x!.dtype }),
    lower: (context) => {
      const { builder, attrs, node } = context
      const { values, layout } = elementwiseInputs(context as never, ['x'])
      const { dtype } = node.outputs[0]!
      const [given] = values as [Value]
      const isTruth = given.dtype === 'bool' && !takes.includes('bool')
      const x = isTruth ? builder.cast(given, 'int32') : given
      const result = computed(builder, row, x, attrs)
      return placed(converted(builder, result, dtype), layout)
    },
    examples: (row.attrs ?? [undefined]).map((attrs) => ({
      inputs: {
        x: row.values
          ? { shape: [row.values.length], values: row.values }
          : {
              shape: [2, 3, 4],
              ...(row.range ? { range: row.range } : {}),
              ...(takes[0] === 'bool' ? { dtype: 'bool' as const } : {}),
            },
      },
      ...(attrs ? { attrs: { ...attrs } } : {}),
      ...(row.tolerance ? { tolerance: row.tolerance } : {}),
    })),
  })
}

function computed(builder: OnnxBuilder, row: UnaryRow, x: Value, attrs: UnaryAttrs): Value {
  const isWhole = x.dtype === 'int32' || x.dtype === 'bool'
  if (isWhole && row.integers !== undefined) return row.integers(builder, x, attrs)
  // ONNX has the other functions for floating point only.
  const number = isWhole && !row.takes?.includes('bool') ? builder.cast(x, 'float32') : x
  if (typeof row.onnx !== 'string') return row.onnx(builder, number, attrs)
  return builder.unary(row.onnx, number, {}, row.dtype ?? number.dtype)
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

function upToSix(builder: OnnxBuilder, x: Value): Value {
  const bounds = [builder.scalar(0, x.dtype), builder.scalar(6, x.dtype)]
  return builder.node('Clip', [x, ...bounds], {}, x)
}

/** 1 above zero, `alpha` elsewhere. */
function stepOf(builder: OnnxBuilder, x: Value, alpha: number): Value {
  const above = step(builder, x)
  if (alpha === 0) return above
  const scaled = builder.mul(above, builder.scalar(1 - alpha, x.dtype))
  return builder.add(scaled, builder.scalar(alpha, x.dtype))
}

/** The same of integers, where the comparison says it all. */
function integerStep(builder: OnnxBuilder, x: Value, alpha: number): Value {
  const above = builder.binary('Greater', x, builder.scalar(0, x.dtype), 'bool')
  const number = builder.cast(above, 'int32')
  const low = Math.trunc(alpha)
  if (low === 0) return number
  const scaled = builder.mul(number, builder.scalar(1 - low, 'int32'))
  return builder.add(scaled, builder.scalar(low, 'int32'))
}
