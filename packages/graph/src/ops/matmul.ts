import { ShapeError } from '@ashlar/errors'
import { broadcast, sameSamples, type Value } from '../ir/index.ts'
import { activate, activatedRange, anything } from '../lower/activation.ts'
import type { LowerContext } from '../lower/context.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type KernelExample,
  type KernelForm,
  type SizedSpec,
} from './declaration.ts'
import { matMulGradient } from './gradients/arithmetic.ts'
import { productOfSteps, sumOfProducts } from './matmul-steps.ts'

interface MatMulAttrs {
  readonly transposeA?: boolean
  readonly transposeB?: boolean
  readonly activation?: string
  readonly leakyreluAlpha?: number
  /** Whether it is the sum over all steps of a loop: others along the same steps may join it. */
  readonly ofSteps?: boolean
}

/** Sums of products over fewer rows stay in cache however they are read. */
const MANY_ROWS = 512

/** Columns of the result for which it can pay to lay the left matrix out anew. */
const SOME_COLUMNS = 64

const forms: readonly KernelForm<MatMulAttrs>[] = [
  {
    name: 'turned',
    fits: (context) => {
      const { rows, columns } = sumSizes(context)
      return sumsOverRows(context) && rows >= MANY_ROWS && columns >= SOME_COLUMNS
    },
    // What does not fit into a core's second-level cache, and is read again for every 128 columns. Of a matrix wider than the other one, laying it out costs more.
    isPromising: (context) => {
      const { rows, width, columns } = sumSizes(context)
      return rows * width >= 2 ** 18 && columns >= 128 && width <= columns
    },
    lower: productOfTurned,
  },
  { name: 'gemm', fits: sumsOverRows, lower: product },
]

/** Matrix products of the last two axes; leading axes broadcast. */
export const matMulKernels: readonly KernelDeclaration[] = [
  defineKernel<MatMulAttrs>({
    kernel: 'BatchMatMul',
    range: anything,
    gradient: matMulGradient,
    allSteps: productOfSteps,
    sumOfSteps: sumOfProducts,
    infer: inferMatMul,
    lower: product,
    forms,
    examples: [
      { inputs: { a: { shape: [2, 3, 4] }, b: { shape: [2, 4, 5] } } },
      {
        name: 'transposed',
        inputs: { a: { shape: [1, 4, 3] }, b: { shape: [1, 5, 4] } },
        attrs: { transposeA: true, transposeB: true },
      },
      {
        name: 'transposed, several',
        inputs: { a: { shape: [2, 3, 4, 3] }, b: { shape: [2, 3, 5, 4] } },
        attrs: { transposeA: true, transposeB: true },
      },
      { name: 'broadcast', inputs: { a: { shape: [1, 3, 4] }, b: { shape: [3, 4, 2] } } },
      {
        name: 'broadcast, transposed',
        inputs: { a: { shape: [1, 4, 3] }, b: { shape: [3, 4, 2] } },
        attrs: { transposeA: true, transposeB: false },
      },
      { name: 'a sum over many rows', ...sumExample(600, 5, 70) },
      { name: 'a sum over very many rows', ...sumExample(2100, 130, 128) },
    ],
  }),
  defineKernel<MatMulAttrs>({
    kernel: '_FusedMatMul',
    allSteps: productOfSteps,
    range: activatedRange,
    infer: inferMatMul,
    lower: (context) => {
      const { builder, attrs } = context
      const slope = context.has('preluActivationWeights')
        ? context.input('preluActivationWeights')
        : attrs.leakyreluAlpha
      return activate(builder, product(context), attrs.activation, slope)
    },
    examples: [
      {
        inputs: { a: { shape: [1, 3, 4] }, b: { shape: [1, 4, 5] }, bias: { shape: [5] } },
        attrs: { transposeA: false, transposeB: false, activation: 'relu' },
      },
      {
        name: 'leaky, transposed, no bias',
        inputs: { a: { shape: [1, 4, 3] }, b: { shape: [1, 4, 5] } },
        attrs: {
          transposeA: true,
          transposeB: false,
          activation: 'leakyrelu',
          leakyreluAlpha: 0.3,
        },
      },
    ],
  }),
]

function inferMatMul({ inputs, attrs }: InferContext<MatMulAttrs>): SizedSpec {
  const a = inputs.a!.shape
  const b = inputs.b!.shape
  const batch = broadcast(a.slice(0, -2), b.slice(0, -2))
  const inner = [a.at(attrs.transposeA ? -2 : -1), b.at(attrs.transposeB ? -1 : -2)]
  if (a.length < 2 || b.length < 2 || batch === undefined || !sameSamples(inner[0]!, inner[1]!)) {
    throw new ShapeError({
      where: 'matMul',
      expected: 'the inner sizes of two matrices must be equal, and leading sizes must broadcast',
      given: [a, b],
      hint: `transposeA is ${attrs.transposeA ?? false}, transposeB is ${attrs.transposeB ?? false}.`,
    })
  }
  const rows = a.at(attrs.transposeA ? -1 : -2)!
  const columns = b.at(attrs.transposeB ? -2 : -1)!
  return { shape: [...batch, rows, columns], dtype: inputs.a!.dtype }
}

function sumExample(rows: number, width: number, columns: number): KernelExample {
  return {
    inputs: {
      a: { shape: [1, rows, width], range: [-0.1, 0.1] },
      b: { shape: [1, rows, columns], range: [-0.1, 0.1] },
    },
    attrs: { transposeA: true, transposeB: false },
  }
}

/** Whether it is one product that adds up over the rows of both matrices: a derivative by weights. */
function sumsOverRows({ attrs, node }: LowerContext<MatMulAttrs>): boolean {
  const isTurned = attrs.transposeA === true && attrs.transposeB !== true
  return isTurned && node.inputs.length === 2 && areMatrices(node.inputs as [Value, Value])
}

function sumSizes({ node }: LowerContext<MatMulAttrs>): {
  readonly rows: number
  readonly width: number
  readonly columns: number
} {
  const [a, b] = node.inputs as [Value, Value]
  const [rows, width] = a.shape.slice(-2).map(Number) as [number, number]
  return { rows, width, columns: Number(b.shape.at(-1)) }
}

/**
 * The product with its left matrix laid out anew: onnxruntime's product of a transposed one turns it piece by piece, again for every few columns, and reads it all over memory each time.
 */
function productOfTurned(context: LowerContext<MatMulAttrs>): Value {
  const { builder, node } = context
  const { shape } = node.outputs[0]!
  const [a, b] = [context.input('a'), context.input('b')]
  const { rows, width } = sumSizes(context)
  // As a batch of one: onnxruntime joins a product with a transpose right before it, reshapes it leaves alone.
  const turned = builder.transpose(builder.reshape(a, [1, rows, width]), [0, 2, 1])
  const left = builder.reshape(turned, [width, rows])
  const right = builder.reshape(b, b.shape.slice(-2))
  const spec = { shape: shape.slice(-2), dtype: a.dtype }
  return builder.reshape(builder.node('Gemm', [left, right], {}, spec), shape)
}

/** Whether both are one matrix each. onnxruntime has Gemm for floating point only. */
function areMatrices([a, b]: readonly [Value, Value]): boolean {
  return (
    a.dtype === 'float32' &&
    a.shape.slice(0, -2).every((size) => size === 1) &&
    b.shape.slice(0, -2).every((size) => size === 1)
  )
}

/**
 * The product with its bias. tfjs wraps matrices as batches of one; a single matrix becomes Gemm, so that the bias costs no node of its own.
 */
function product(context: LowerContext<MatMulAttrs>): Value {
  const { builder, attrs, node, target } = context
  const { shape } = node.outputs[0]!
  const [a, b] = [context.input('a'), context.input('b')]
  const bias = context.has('bias') ? context.input('bias') : undefined
  if (areMatrices([a, b])) {
    const left = builder.reshape(a, a.shape.slice(-2))
    const right = builder.reshape(b, b.shape.slice(-2))
    const flags = { transA: attrs.transposeA ? 1 : 0, transB: attrs.transposeB ? 1 : 0 }
    const spec = { shape: shape.slice(-2), dtype: a.dtype }
    const inputs = bias === undefined ? [left, right] : [left, right, bias]
    return builder.reshape(builder.node('Gemm', inputs, flags, spec), shape)
  }
  const isTurned = attrs.transposeA === true || attrs.transposeB === true
  if (isTurned && !target.portable && a.dtype === 'float32') {
    // onnxruntime fuses transposes into products itself, but not those that it has joined with a transpose before them: the heads of attention.
    const turns = { ...(attrs.transposeA && { transA: 1 }), ...(attrs.transposeB && { transB: 1 }) }
    const spec = { shape, dtype: a.dtype }
    const result = builder.node('FusedMatMul', [a, b], turns, spec, 'com.microsoft')
    return bias === undefined ? result : builder.add(result, bias)
  }
  const turn = (value: Value, swap: boolean | undefined) => {
    if (!swap) return value
    const axes = value.shape.map((_, axis) => axis)
    return builder.transpose(value, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!])
  }
  const result = builder.matMul(turn(a, attrs.transposeA), turn(b, attrs.transposeB))
  return bias === undefined ? result : builder.add(result, bias)
}
