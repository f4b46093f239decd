import { ShapeError } from '@ashlar/errors'
import { broadcast, constant, type DType, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import {
  defineKernel,
  type ExampleInput,
  type KernelDeclaration,
  type KernelExample,
} from './declaration.ts'
import { maximumGradient, minimumGradient, multiplyGradient } from './gradients/arithmetic.ts'
import { type KernelGradient, zeroGradient } from './gradients/gradient.ts'
import { squaredDifferenceGradient } from './gradients/reducing.ts'

interface BinaryRow {
  readonly kernel: string
  /** An ONNX op of the same meaning, or a composition. */
  readonly onnx: string | ((builder: OnnxBuilder, a: Value, b: Value) => Value)
  /** Element type of the result when it is not the inputs'. */
  readonly dtype?: DType
  readonly isPartwise?: boolean
  readonly gradient?: KernelGradient<never>
  readonly example?: Partial<ExampleInput>
  /** Instead of the two examples that every kernel of the family has. */
  readonly examples?: readonly KernelExample[]
}

const bool = { dtype: 'bool' as const }
const int = { dtype: 'int32' as const, range: [1, 20] as const }

/** What compares tells nothing of how much. */
const jumps = zeroGradient('a', 'b')

/** Kernels of two inputs `a` and `b`, broadcast against each other, that work on each pair of elements alone. */
export const binaryKernels: readonly KernelDeclaration[] = (
  [
    { kernel: 'Add', onnx: 'Add', isPartwise: true },
    { kernel: 'Sub', onnx: 'Sub', isPartwise: true },
    { kernel: 'Multiply', onnx: 'Mul', gradient: multiplyGradient },
    { kernel: 'RealDiv', onnx: divide, example: { range: [0.5, 3] } },
    { kernel: 'FloorDiv', onnx: floorDiv, dtype: 'int32', example: int },
    { kernel: 'Mod', onnx: mod, example: { range: [-9, 9] } },
    { kernel: 'Pow', onnx: 'Pow', example: { range: [0.5, 2] } },
    { kernel: 'Maximum', onnx: 'Max', gradient: maximumGradient },
    { kernel: 'Minimum', onnx: 'Min', gradient: minimumGradient },
    {
      kernel: 'SquaredDifference',
      onnx: (b, x, y) => ((d) => b.mul(d, d))(b.sub(x, y)),
      gradient: squaredDifferenceGradient,
    },
    {
      kernel: 'Prelu',
      onnx: (b, x, y) => b.binary('PRelu', b.cast(x, 'float32'), b.cast(y, 'float32')),
      dtype: 'float32',
    },
    { kernel: 'Equal', onnx: 'Equal', dtype: 'bool', gradient: jumps, example: int },
    {
      kernel: 'NotEqual',
      gradient: jumps,
      onnx: (b, x, y) => b.unary('Not', b.binary('Equal', x, y, 'bool')),
      dtype: 'bool',
      example: int,
    },
    { kernel: 'Greater', onnx: 'Greater', dtype: 'bool', gradient: jumps },
    { kernel: 'GreaterEqual', onnx: 'GreaterOrEqual', dtype: 'bool', gradient: jumps },
    { kernel: 'Less', onnx: 'Less', dtype: 'bool', gradient: jumps },
    { kernel: 'LessEqual', onnx: 'LessOrEqual', dtype: 'bool', gradient: jumps },
    { kernel: 'LogicalAnd', onnx: 'And', dtype: 'bool', gradient: jumps, example: bool },
    { kernel: 'LogicalOr', onnx: 'Or', dtype: 'bool', gradient: jumps, example: bool },
    // tfjs composes it of the others.
    {
      kernel: 'LogicalXor',
      gradient: jumps,
      onnx: 'Xor',
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
      onnx: bitwiseAnd,
      gradient: jumps,
      example: { dtype: 'int32', range: [-99, 99] },
    },
    { kernel: 'Atan2', onnx: atan2 },
  ] satisfies readonly BinaryRow[]
).map(binary)

function binary(row: BinaryRow): KernelDeclaration {
  // PRelu names its inputs differently in tfjs.
  const names = row.kernel === 'Prelu' ? ['x', 'alpha'] : ['a', 'b']
  const [first, second] = names as [string, string]
  return defineKernel({
    kernel: row.kernel,
    isPartwise: row.isPartwise ?? false,
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
      const { values, layout } = elementwiseInputs(context, names)
      const [a, b] = values as [Value, Value]
      const dtype = node.outputs[0]!.dtype
      const result =
        typeof row.onnx === 'string'
          ? builder.binary(row.onnx, a, b, dtype)
          : row.onnx(builder, a, b)
      return placed(builder.cast(result, dtype), layout)
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

/** Rounds towards minus infinity; ONNX integer division rounds towards zero. */
function floorDiv(builder: OnnxBuilder, a: Value, b: Value): Value {
  return builder.unary('Floor', divide(builder, a, b))
}

/** As in tfjs the result has the sign of the divisor: ONNX's remainder, which has the dividend's, is moved where they differ. */
function mod(builder: OnnxBuilder, a: Value, b: Value): Value {
  const [left, right] = [wide(builder, a), wide(builder, b)]
  const shape = broadcast(left.shape, right.shape)!
  const spec = { shape, dtype: left.dtype }
  const remainder = builder.node('Mod', [left, right], { fmod: 1 }, spec)
  const zero = builder.scalar(0, left.dtype)
  const differ = builder.binary('Less', builder.mul(remainder, right), zero, 'bool')
  return builder.add(remainder, builder.mul(builder.cast(differ, left.dtype), right))
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

/** Floating point that holds every integer of 32 bits. */
function wide(builder: OnnxBuilder, x: Value): Value {
  return x.dtype === 'float32' ? x : builder.cast(x, 'float64')
}

/** The angle of (b, a) in all four quadrants, from Atan of the quotient. */
function atan2(builder: OnnxBuilder, y: Value, x: Value): Value {
  const zero = builder.scalar(0)
  const base = builder.unary('Atan', builder.div(y, x))
  const left = builder.cast(builder.binary('Less', x, zero, 'bool'), 'float32')
  const below = builder.cast(builder.binary('Less', y, zero, 'bool'), 'float32')
  const turn = builder.mul(
    left,
    builder.sub(builder.scalar(Math.PI), builder.mul(below, builder.scalar(2 * Math.PI))),
  )
  return builder.add(base, turn)
}
