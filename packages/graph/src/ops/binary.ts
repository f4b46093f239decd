import { ShapeError } from '@ashlar/errors'
import { type Attrs, broadcast, constant, type DType, type Value } from '../ir/index.ts'
import type { WrongInTfjs } from '../javascript/javascript-kernel.ts'
import { atan2 } from '../lower/accurate.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { type ByImage, byImage } from '../lower/by-image.ts'
import { hasReciprocals } from '../lower/divisors.ts'
import { elementwiseInputs, inLongRows, placed } from '../lower/elementwise.ts'
import { converted, wide } from '../lower/integers.ts'
import {
  type AllSteps,
  again,
  elementwiseSteps,
  factoredOut,
  type SumOfSteps,
} from './all-steps.ts'
import {
  defineKernel,
  type ExampleInput,
  type KernelDeclaration,
  type KernelExample,
} from './declaration.ts'
import { floorMod, power } from './exact.ts'
import {
  maximumGradient,
  minimumGradient,
  multiplyGradient,
  preluGradient,
} from './gradients/arithmetic.ts'
import { type KernelGradient, zeroGradient } from './gradients/gradient.ts'
import { squaredDifferenceGradient } from './gradients/reducing.ts'

/** Those that are linear. */
const SUMS_OF_STEPS: Readonly<Record<string, SumOfSteps<object>>> = {
  Add: again,
  Sub: again,
  Multiply: factoredOut,
}

interface BinaryRow {
  /** Where it does not broadcast both ways. */
  readonly allSteps?: AllSteps
  readonly kernel: string
  /** What it means in double precision; see `KernelDeclaration.exact`. */
  readonly exact: (a: number, b: number) => number
  /** The same of integers, where it goes beyond what a double holds. */
  readonly exactIntegers?: (a: number, b: number) => number
  /** An ONNX op of the same meaning, or a composition; integers come as they are. */
  readonly onnx: string | ((builder: OnnxBuilder, a: Value, b: Value) => Value)
  /** What it is swept over; default float32 and int32. */
  readonly takes?: readonly DType[]
  readonly note?: string
  readonly wrongInTfjs?: WrongInTfjs
  /** Element type of the result when it is not the inputs'. */
  readonly dtype?: DType
  /** With a number for each channel, of each sample or of all, in the place of one of the two: a factor of the other, or what is added to it. */
  readonly byImage?: ByImage
  readonly isPartwise?: boolean
  readonly joinsConvolution?: boolean
  readonly gradient?: KernelGradient<never>
  readonly example?: Partial<ExampleInput>
  /** Instead of the two examples that every kernel of the family has. */
  readonly examples?: readonly KernelExample[]
}

const bool = { dtype: 'bool' as const }
const int = { dtype: 'int32' as const, range: [1, 20] as const }
const LAST_DIGITS = {
  how: 'It loses the last digits of integers whose product is beyond 2^53.',
  types: ['int32'],
} as const
const MODULO = 'Integers count modulo 2^32.'

/** What compares tells nothing of how much. */
const jumps = zeroGradient('a', 'b')

/** Kernels of two inputs `a` and `b`, broadcast against each other, that work on each pair of elements alone. */
export const binaryKernels: readonly KernelDeclaration[] = (
  [
    {
      kernel: 'Add',
      onnx: 'Add',
      exact: (a, b) => a + b,
      isPartwise: true,
      joinsConvolution: true,
      byImage: { a: (_, shift) => ({ shift }), b: (_, shift) => ({ shift }) },
      note: MODULO,
    },
    {
      kernel: 'Sub',
      onnx: 'Sub',
      exact: (a, b) => a - b,
      isPartwise: true,
      byImage: { b: (builder, shift) => ({ shift: builder.unary('Neg', shift) }) },
      note: MODULO,
    },
    {
      kernel: 'Multiply',
      gradient: multiplyGradient,
      onnx: 'Mul',
      byImage: { a: (_, factor) => ({ factor }), b: (_, factor) => ({ factor }) },
      exact: (a, b) => a * b,
      exactIntegers: Math.imul,
      note: MODULO,
      wrongInTfjs: LAST_DIGITS,
    },
    {
      kernel: 'RealDiv',
      onnx: divide,
      byImage: {
        b: (builder, divisor) => ({ factor: builder.unary('Reciprocal', divisor) }),
        suits: hasReciprocals,
      },
      exact: (a, b) => a / b,
      example: { range: [0.5, 3] },
    },
    {
      kernel: 'FloorDiv',
      onnx: floorDiv,
      exact: (a, b) => Math.floor(a / b),
      dtype: 'int32',
      example: int,
      note: 'The result is int32 for every type, as in tfjs; a division by zero gives 0.',
    },
    {
      kernel: 'Mod',
      onnx: mod,
      exact: floorMod,
      example: { range: [-9, 9] },
      note: "The sign is the divisor's. By zero it is NaN, for integers 0.",
      wrongInTfjs: {
        how: 'It gives NaN for divisors that are infinite, and 0 for small numbers of the other sign.',
        types: ['float32'],
      },
    },
    {
      kernel: 'Pow',
      onnx: pow,
      exact: power,
      example: { range: [0.5, 2] },
      note: 'One to any power is one, as in IEEE 754. Integers are raised in double precision and count modulo 2^32.',
      wrongInTfjs: { how: 'One to the power of NaN is NaN in JavaScript.', types: ['float32'] },
    },
    { kernel: 'Maximum', gradient: maximumGradient, onnx: 'Max', exact: (a, b) => Math.max(a, b) },
    { kernel: 'Minimum', gradient: minimumGradient, onnx: 'Min', exact: (a, b) => Math.min(a, b) },
    {
      kernel: 'SquaredDifference',
      gradient: squaredDifferenceGradient,
      onnx: (b, x, y) => ((d) => b.mul(d, d))(b.sub(x, y)),
      exact: (a, b) => (a - b) * (a - b),
      exactIntegers: (a, b) => Math.imul(a - b, a - b),
      note: MODULO,
      wrongInTfjs: LAST_DIGITS,
    },
    {
      kernel: 'Prelu',
      gradient: preluGradient,
      onnx: (b, x, y) => b.binary('PRelu', b.cast(x, 'float32'), b.cast(y, 'float32')),
      // ONNX stretches the slopes to the numbers, not the other way round.
      allSteps: (context) => (context.isStacked('x') ? elementwiseSteps(context) : undefined),
      exact: (x, slope) => (x < 0 ? slope * x : x),
      dtype: 'float32',
    },
    {
      kernel: 'Equal',
      gradient: jumps,
      onnx: 'Equal',
      exact: truth((a, b) => a === b),
      dtype: 'bool',
      example: int,
    },
    {
      kernel: 'NotEqual',
      gradient: jumps,
      onnx: (b, x, y) => b.unary('Not', b.binary('Equal', x, y, 'bool')),
      exact: truth((a, b) => a !== b),
      dtype: 'bool',
      example: int,
    },
    {
      kernel: 'Greater',
      gradient: jumps,
      onnx: 'Greater',
      exact: truth((a, b) => a > b),
      dtype: 'bool',
    },
    {
      kernel: 'GreaterEqual',
      gradient: jumps,
      onnx: 'GreaterOrEqual',
      exact: truth((a, b) => a >= b),
      dtype: 'bool',
    },
    { kernel: 'Less', gradient: jumps, onnx: 'Less', exact: truth((a, b) => a < b), dtype: 'bool' },
    {
      kernel: 'LessEqual',
      gradient: jumps,
      onnx: 'LessOrEqual',
      exact: truth((a, b) => a <= b),
      dtype: 'bool',
    },
    {
      kernel: 'LogicalAnd',
      gradient: jumps,
      onnx: 'And',
      exact: truth((a, b) => a * b !== 0),
      takes: ['bool'],
      dtype: 'bool',
      example: bool,
    },
    {
      kernel: 'LogicalOr',
      gradient: jumps,
      onnx: 'Or',
      exact: truth((a, b) => a + b !== 0),
      takes: ['bool'],
      dtype: 'bool',
      example: bool,
    },
    // tfjs composes it of the others.
    {
      kernel: 'LogicalXor',
      gradient: jumps,
      onnx: 'Xor',
      exact: truth((a, b) => a !== b),
      takes: ['bool'],
      dtype: 'bool',
      examples: [
        {
          inputs: {
            a: { shape: [4], dtype: 'bool', values: [0, 0, 1, 1] },
            b: { shape: [4], dtype: 'bool', values: [0, 1, 0, 1] },
          },
          expected: [[0, 1, 1, 0]],
        },
      ],
    },
    {
      kernel: 'BitwiseAnd',
      gradient: jumps,
      onnx: bitwiseAnd,
      exact: (a, b) => a & b,
      takes: ['int32'],
      example: { dtype: 'int32', range: [-99, 99] },
    },
    {
      kernel: 'Atan2',
      onnx: (b, y, x) => atan2(b, b.cast(y, 'float32'), b.cast(x, 'float32')),
      exact: Math.atan2,
    },
  ] satisfies readonly BinaryRow[]
).map(binary)

function binary(row: BinaryRow): KernelDeclaration {
  // PRelu names its inputs differently in tfjs.
  const names = row.kernel === 'Prelu' ? ['x', 'alpha'] : ['a', 'b']
  const [first, second] = names as [string, string]
  const takes = row.takes ?? ['float32', 'int32']
  return defineKernel<Attrs>({
    kernel: row.kernel,
    exact: { of: row.exact, takes, ofIntegers: row.exactIntegers },
    note: row.note,
    wrongInTfjs: row.wrongInTfjs,
    isPartwise: row.isPartwise ?? false,
    joinsConvolution: row.joinsConvolution ?? false,
    ...(row.allSteps && { allSteps: row.allSteps }),
    ...(SUMS_OF_STEPS[row.kernel] && { sumOfSteps: SUMS_OF_STEPS[row.kernel] }),
    ...(row.gradient && { gradient: row.gradient }),
    infer: ({ inputs }) => {
      const shapes = [inputs[first]!.shape, inputs[second]!.shape] as const
      const shape = broadcast(...shapes) as readonly number[] | undefined
      if (shape === undefined) {
        throw new ShapeError({
          where: row.kernel,
          expected: 'two tensors must broadcast against each other',
          given: shapes,
        })
      }
      return { shape, dtype: row.dtype ?? inputs[first]!.dtype }
    },
    lower: (context) => {
      const { builder, node } = context
      const blocked = row.byImage && byImage(context, row.byImage)
      if (blocked !== undefined) return placed(blocked, 'blocked')
      const { values, layout } = elementwiseInputs(context, names)
      // ONNX calculates with numbers alone, and only compares truth values.
      const number = (x: Value) =>
        x.dtype === 'bool' && !takes.includes('bool') ? builder.cast(x, 'int32') : x
      const numbers = values.map(number) as [Value, Value]
      const [a, b] = context.target.portable ? numbers : inLongRows(builder, numbers)
      const { dtype } = node.outputs[0]!
      const result =
        typeof row.onnx === 'string'
          ? builder.binary(row.onnx, a, b, row.dtype ?? a.dtype)
          : row.onnx(builder, a, b)
      return placed(converted(builder, result, dtype), layout)
    },
    examples: row.examples ?? [
      {
        inputs: {
          [first]: { shape: [2, 3, 4], ...row.example },
          [second]: { shape: [2, 3, 4], ...row.example },
        },
      },
      {
        name: 'broadcast',
        inputs: {
          [first]: { shape: [2, 3, 4], ...row.example },
          [second]: { shape: [4], ...row.example },
        },
      },
    ],
  })
}

/** Integers are divided as floating-point numbers: onnxruntime ends the process at an integer division by zero. */
function divide(builder: OnnxBuilder, a: Value, b: Value): Value {
  return builder.div(wide(builder, a), wide(builder, b))
}

/** Rounds towards minus infinity. In double precision: a quotient of float32 may be rounded up to the whole number above it. */
function floorDiv(builder: OnnxBuilder, a: Value, b: Value): Value {
  const [left, right] = [a, b].map((each) => builder.cast(each, 'float64')) as [Value, Value]
  return builder.unary('Floor', builder.div(left, right))
}

/** ONNX's remainder has the dividend's sign: where that is not the divisor's, it is moved by one divisor. */
function mod(builder: OnnxBuilder, a: Value, b: Value): Value {
  const [left, right] = [wide(builder, a), wide(builder, b)]
  const shape = broadcast(left.shape, right.shape)!
  const spec = { shape, dtype: left.dtype }
  const remainder = builder.node('Mod', [left, right], { fmod: 1 }, spec)
  const zero = builder.scalar(0, left.dtype)
  const isBelow = (x: Value) => builder.binary('Less', x, zero, 'bool')
  const isAbove = (x: Value) => builder.binary('Greater', x, zero, 'bool')
  const differ = builder.binary(
    'Or',
    builder.binary('And', isBelow(remainder), isAbove(right)),
    builder.binary('And', isAbove(remainder), isBelow(right)),
  )
  return builder.where(differ, builder.add(remainder, right), remainder)
}

function pow(builder: OnnxBuilder, a: Value, b: Value): Value {
  return builder.binary('Pow', wide(builder, a), wide(builder, b))
}

function truth(of: (a: number, b: number) => boolean): (a: number, b: number) => number {
  return (a, b) => Number(of(a, b))
}

/** Bit by bit: standard ONNX has an op for it from version 18 on only. */
function bitwiseAnd(builder: OnnxBuilder, a: Value, b: Value): Value {
  const places = builder.shared('bits', () =>
    constant(
      Uint32Array.from({ length: 32 }, (_, bit) => bit),
      [32],
      'uint32',
    ),
  )
  const weights = builder.shared('weights of bits', () =>
    constant(
      Int32Array.from({ length: 32 }, (_, bit) => 1 << bit),
      [32],
      'int32',
    ),
  )
  const two = builder.scalar(2, 'uint32')
  const bits = (x: Value): Value => {
    const whole = builder.reshape(builder.cast(x, 'uint32'), [...x.shape, 1])
    const spec = { shape: [...x.shape, 32], dtype: 'uint32' } as const
    const shifted = builder.node('BitShift', [whole, places], { direction: 'RIGHT' }, spec)
    return builder.cast(builder.node('Mod', [shifted, two], {}, spec), 'int32')
  }
  const both = builder.mul(builder.mul(bits(a), bits(b)), weights)
  return builder.reduce('ReduceSum', both, [both.shape.length - 1], false)
}
