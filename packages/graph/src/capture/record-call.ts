import { EngineError, ShapeError } from '@ashlar/errors'
import type * as tf from '@tensorflow/tfjs'
import {
  type Attrs,
  type AttrValue,
  createValue,
  kernelNode,
  type Node,
  type TypedArray,
  type Value,
} from '../ir/index.ts'
import type { TensorSpec } from '../ops/declaration.ts'
import { findKernel } from '../ops/registry.ts'
import { capturePlace, currentScope } from '../scope/scope.ts'

/** Where the inputs of a recorded kernel come from. */
export interface ValueSource {
  /** The value behind a tensor. */
  valueOf(tensor: tf.TensorInfo): Value
  /** The numbers of a value, where they are known. */
  numbersOf(value: Value): TypedArray | undefined
  /** A size that follows from numbers, see `InferContext`. */
  freeSize(most?: number): number
}

/** A call as a node, and whether the kernel gives a list of tensors (which may be a list of one). */
export interface RecordedCall {
  readonly node: Node
  readonly isList: boolean
}

/**
 * One kernel call as a node of its own. The shapes of its outputs come from the op table.
 *
 * @throws EngineError when the op table lacks the kernel.
 */
export function recordCall(
  kernel: string,
  inputs: tf.NamedTensorInfoMap,
  attrs: object,
  source: ValueSource,
): RecordedCall {
  const declaration = findKernel(kernel)
  if (declaration === undefined) {
    throw new EngineError({
      where: capturePlace(),
      expected: `kernel ${kernel} must be in the op table`,
      hint: 'Declare it with defineKernel() and add it by registerKernels() from @ashlar/graph.',
    })
  }
  const values: Record<string, Value> = {}
  const specs: Record<string, TensorSpec> = {}
  for (const [name, tensor] of Object.entries(inputs)) {
    // Optional inputs of tfjs kernels are null or undefined.
    if (tensor == null) continue
    values[name] = source.valueOf(tensor)
    specs[name] = { shape: tensor.shape, dtype: tensor.dtype as TensorSpec['dtype'] }
  }
  const plain = plainAttrs(attrs)
  const inferred = declaration.infer({
    inputs: specs,
    attrs: plain,
    constantOf: (name) => {
      const value = values[name]
      return value === undefined ? undefined : source.numbersOf(value)
    },
    freeSize: (most) => source.freeSize(most as number | undefined),
  })
  const isList = Array.isArray(inferred)
  const outputs = (isList ? inferred : [inferred]) as readonly TensorSpec[]
  for (const { shape } of outputs) checkShape(kernel, shape)
  return { node: createNode(kernel, values, plain, outputs), isList }
}

/** tfjs itself computes on with half a pixel. */
function checkShape(kernel: string, shape: readonly number[]): void {
  if (shape.every((size) => Number.isInteger(size) && size >= 0)) return
  const layer = currentScope()
  throw new ShapeError({
    where: layer === '' ? kernel : `${layer} (${kernel})`,
    expected: 'sizes must be whole numbers, and not below 0',
    given: shape,
    hint: 'Does the model take multiples of some size only?',
  })
}

/** A node of a captured graph with fresh outputs, in the scope that is current. */
export function createNode(
  op: string,
  inputs: Readonly<Record<string, Value>>,
  attrs: Attrs,
  specs: readonly TensorSpec[],
): Node {
  const outputs = specs.map(({ shape, dtype }) => createValue([...shape], dtype))
  return kernelNode(op, inputs, outputs, { attrs, scope: currentScope() })
}

/** Lists of numbers, of lists of numbers and so on. */
function copyOf(list: readonly unknown[]): AttrValue {
  return list.map((each) => (Array.isArray(each) ? copyOf(each) : each)) as unknown as AttrValue
}

/** Copies attributes without functions and with arrays of their own, since tfjs code may reuse its objects. */
function plainAttrs(attrs: object): Attrs {
  const copy: Record<string, AttrValue> = {}
  for (const [name, value] of Object.entries(attrs ?? {})) {
    if (typeof value === 'function') continue
    copy[name] = Array.isArray(value) ? copyOf(value) : (value as AttrValue)
  }
  return copy
}
