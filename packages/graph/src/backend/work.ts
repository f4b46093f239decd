import type * as tf from '@tensorflow/tfjs'
import { type Attrs, createValue, type DType, type Node, sizeOf } from '../ir/index.ts'
import type { KernelDeclaration, TensorSpec } from '../ops/declaration.ts'
import { countsProducts, multiplyAdds } from '../ops/multiply-adds.ts'
import { findKernel } from '../ops/registry.ts'
import type { Piece } from './structure.ts'

/**
 * Times in units of one element of an elementwise kernel in JavaScript, about 5 ns on the machine where they were measured. They decide only
 * where a piece runs, so they are constants rather than clocks: the same program takes the same decisions on every run.
 */
const KERNEL_CALL = 1_000
const COMPILE = 2_000_000
const COMPILE_PER_KERNEL = 300_000
/** A multiplication and an addition of a matrix product or a convolution. */
const PRODUCT = 0.5
/** What a kernel reads that copies whole stretches, or keeps one number of many. */
const COPIED = 0.05
const REDUCED = 0.3

/** From here on a kernel is worth being looked at together with its neighbours, which costs about as much as ten calls of small ones. */
const HEAVY = 1_000_000

/** What a piece costs with tfjs's kernels in JavaScript. */
export function costInJavaScript({ nodes }: Piece): number {
  return nodes.reduce((sum, node) => sum + KERNEL_CALL + costOf(node), 0)
}

/** What it costs to make a session for a piece. */
export function costOfSession({ nodes }: Piece): number {
  return COMPILE + COMPILE_PER_KERNEL * nodes.length
}

/** What a call of a kernel costs by its inputs, where nothing else is known yet. */
export interface Weight {
  readonly perElement: number
  /** Whether each element of one input may meet each of another. */
  readonly hasProducts: boolean
}

export function weightOf(kernel: string): Weight {
  const declaration = findKernel(kernel)
  return {
    perElement: declaration === undefined ? 0 : perElement(declaration),
    hasProducts: countsProducts(kernel),
  }
}

/** Whether a call is so small that it is best done at once. */
export function isLight(
  kernel: string,
  weight: Weight,
  inputs: tf.NamedTensorInfoMap,
  attrs: object,
): boolean {
  let sum = 0
  let product = 1
  for (const name in inputs) {
    const input = inputs[name] as tf.TensorInfo | tf.TensorInfo[] | null | undefined
    if (input == null || Array.isArray(input)) continue
    const size = elements(input.shape)
    sum += size
    product *= Math.max(1, size)
  }
  if (!weight.hasProducts) return weight.perElement * sum < HEAVY
  // No more numbers can meet each other than there are pairs of them.
  return PRODUCT * product < HEAVY || PRODUCT * productsOf(kernel, inputs, attrs) < HEAVY
}

/** Multiply-adds of a call; infinite where its shapes do not fit. */
function productsOf(kernel: string, inputs: tf.NamedTensorInfoMap, attrs: object): number {
  const given = Object.entries(inputs).filter(([, input]) => input != null) as [
    string,
    tf.TensorInfo,
  ][]
  const shapes = given.map(([, { shape, dtype }]): TensorSpec => ({ shape, dtype: dtype as DType }))
  try {
    const specs = findKernel(kernel)!.infer({
      inputs: Object.fromEntries(given.map(([name], at) => [name, shapes[at]!])),
      attrs: attrs as Attrs,
      constantOf: () => undefined,
      freeSize: () => Number.NaN,
    })
    const values = (each: readonly TensorSpec[]) =>
      each.map(({ shape, dtype }) => createValue(shape, dtype))
    const node: Node = {
      op: kernel,
      domain: 'tfjs',
      inputNames: given.map(([name]) => name),
      inputs: values(shapes),
      outputs: values(Array.isArray(specs) ? specs : [specs as TensorSpec]),
      attrs: attrs as Attrs,
      scope: '',
    }
    return multiplyAdds(node) ?? Number.POSITIVE_INFINITY
  } catch {
    // The kernel itself will say what is wrong.
    return Number.POSITIVE_INFINITY
  }
}

/** Multiply-adds where there are any; else the elements that it goes over, all that it reads and writes. */
function costOf(node: Node): number {
  const products = multiplyAdds(node)
  if (products !== undefined) return PRODUCT * products
  const sizes = [...node.inputs, ...node.outputs].map((each) =>
    each === undefined ? 0 : Number(sizeOf(each.shape)),
  )
  const declaration = findKernel(node.op)
  const weight = declaration === undefined ? 1 : perElement(declaration)
  return weight * sizes.reduce((sum, size) => sum + size, 0)
}

function perElement({ copies, exact }: KernelDeclaration): number {
  if (copies) return COPIED
  return exact?.over === undefined ? 1 : REDUCED
}

function elements(shape: readonly number[]): number {
  let product = 1
  for (const size of shape) product *= size
  return product
}
