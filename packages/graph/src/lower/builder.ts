import { EngineError } from '@ashlar/errors'
import {
  type Attrs,
  broadcast,
  constant,
  createValue,
  type Dim,
  type DType,
  filled,
  formatShape,
  formatSize,
  type Graph,
  isStatic,
  type Node,
  type Origin,
  plus,
  type Shape,
  type SymbolicDim,
  sameDim,
  sizeOf,
  type TypedArray,
  type Value,
  whereOf,
} from '../ir/index.ts'
import { type OuterSize, SizeNodes } from './size-nodes.ts'

export type { OuterSize } from './size-nodes.ts'

/** Shape and element type of a node's output. */
export interface OutputSpec {
  readonly shape: Shape
  readonly dtype: DType
}

/** Appends ONNX nodes to a graph. The helpers work out shapes; `node` takes them from the caller. */
export class OnnxBuilder {
  readonly graph: Graph
  /** Path of the layer that new nodes belong to. */
  scope = ''
  /** What new nodes are made for. */
  origin: Origin | undefined
  readonly #constants = new Map<string, Value>()
  readonly #sizes: SizeNodes

  /** @param outer finds sizes in the graph around a graph that a node holds. */
  constructor(graph: Graph, outer?: OuterSize) {
    this.graph = graph
    this.#sizes = new SizeNodes(this, outer)
  }

  /** Says that sizes may be taken from these results, which have sizes that follow from no input. */
  tellSizes(values: readonly Value[]): void {
    this.#sizes.tell(values)
  }

  /** Appends a node with one output. `domain` defaults to standard ONNX. */
  node(
    op: string,
    inputs: readonly (Value | undefined)[],
    attrs: Attrs,
    spec: OutputSpec,
    domain = '',
  ): Value {
    return this.nodes(op, inputs, attrs, [spec], domain)[0]!
  }

  /** Appends a node with several outputs. `formals` is for nodes that hold graphs, see `Node`. */
  nodes(
    op: string,
    inputs: readonly (Value | undefined)[],
    attrs: Attrs,
    specs: readonly OutputSpec[],
    domain = '',
    formals?: number,
  ): Value[] {
    const node: Node = {
      op,
      domain,
      inputNames: [],
      inputs: [...inputs],
      attrs,
      formals,
      outputs: specs.map(({ shape, dtype }) => createValue(shape, dtype)),
      scope: this.scope,
      origin: this.origin,
    }
    for (const output of node.outputs) output.node = node
    this.graph.nodes.push(node)
    return node.outputs
  }

  /** A scalar of the given type: a constant, or computed where it is a size that is not fixed. Equal constants are one value. */
  scalar(value: Dim, dtype: DType = 'float32'): Value {
    if (typeof value !== 'number') return this.cast(this.reshape(this.size(value), []), dtype)
    return this.shared(`${dtype} ${named(value)}`, () => constant(pack([value], dtype), [], dtype))
  }

  /** A constant scalar of type uint64, which a plain number cannot hold. */
  bits(value: bigint): Value {
    return this.shared(`uint64 ${value}`, () => constant(BigUint64Array.of(value), [], 'uint64'))
  }

  /** A constant list of int64, as shapes, axes and pads are given. Equal lists are one value. */
  ints(values: readonly number[]): Value {
    if (!values.every(Number.isSafeInteger)) {
      throw new EngineError({
        where: this.scope === '' ? 'lowering' : this.scope,
        expected: 'sizes and places must be whole numbers',
        given: values,
        hint: 'Does one follow from a size that varies? Fix that size.',
      })
    }
    return this.shared(`int64 [${values}]`, () =>
      constant(pack(values, 'int64'), [values.length], 'int64'),
    )
  }

  /** A constant tensor of numbers. */
  tensor(values: readonly number[], shape: readonly number[], dtype: DType = 'float32'): Value {
    return constant(pack(values, dtype), shape, dtype)
  }

  /** A constant whose elements are all `value`. Equal ones are one value. */
  ones(value: number, shape: readonly number[]): Value {
    return this.shared(`fill ${named(value)} [${shape}]`, () => filled(value, shape, 'float32'))
  }

  /** A tensor whose elements are all `value`: a constant, or computed where its shape is not fixed. */
  full(value: number, shape: Shape, dtype: DType = 'float32'): Value {
    if (isStatic(shape)) {
      return this.shared(`fill ${dtype} ${named(value)} [${shape}]`, () =>
        filled(value, shape, dtype),
      )
    }
    return this.node('Expand', [this.scalar(value, dtype), this.shape(shape)], {}, { shape, dtype })
  }

  /** A constant made once per key, so that equal constants are one value and equal nodes can be merged. */
  shared(key: string, make: () => Value): Value {
    let value = this.#constants.get(key)
    if (value === undefined) {
      value = make()
      this.#constants.set(key, value)
    }
    return value
  }

  /** One input, same shape; the output has the input's type unless told. */
  unary(op: string, x: Value, attrs: Attrs = {}, dtype: DType = x.dtype): Value {
    return this.node(op, [x], attrs, { shape: x.shape, dtype })
  }

  /** Two inputs, broadcast as numpy does. */
  binary(op: string, a: Value, b: Value, dtype: DType = a.dtype): Value {
    const shape = broadcast(a.shape, b.shape)
    if (shape === undefined) {
      throw new EngineError({
        where: whereOf({ op, scope: this.scope }),
        expected: `shapes must broadcast`,
        given: `${formatShape(a.shape)} and ${formatShape(b.shape)}`,
      })
    }
    return this.node(op, [a, b], {}, { shape, dtype })
  }

  add(a: Value, b: Value): Value {
    return this.binary('Add', a, b)
  }
  sub(a: Value, b: Value): Value {
    return this.binary('Sub', a, b)
  }
  mul(a: Value, b: Value): Value {
    return this.binary('Mul', a, b)
  }
  div(a: Value, b: Value): Value {
    return this.binary('Div', a, b)
  }

  /** `a` where the condition holds, else `b`, all three broadcast. onnxruntime knows no Where of truth values: they are written out. */
  where(condition: Value, a: Value, b: Value): Value {
    const both = broadcast(a.shape, b.shape) ?? a.shape
    const shape = broadcast(condition.shape, both) ?? both
    if (a.dtype !== 'bool') {
      return this.node('Where', [condition, a, b], {}, { shape, dtype: a.dtype })
    }
    const otherwise = this.binary('And', this.unary('Not', condition), b)
    return this.binary('Or', this.binary('And', condition, a), otherwise)
  }

  cast(x: Value, dtype: DType): Value {
    if (x.dtype === dtype) return x
    return this.node('Cast', [x], { to: dtype }, { shape: x.shape, dtype })
  }

  transpose(x: Value, perm: readonly number[]): Value {
    if (perm.every((axis, index) => axis === index)) return x
    return this.node(
      'Transpose',
      [x],
      { perm },
      {
        shape: perm.map((axis) => x.shape[axis]!),
        dtype: x.dtype,
      },
    )
  }

  /** Reshape to dimensions that may depend on the captured size. */
  reshape(x: Value, shape: Shape): Value {
    if (
      x.shape.length === shape.length &&
      x.shape.every((size, axis) => sameDim(size, shape[axis]!))
    ) {
      return x
    }
    // A reshape of a reshape starts from the first tensor.
    const before = x.node
    if (before?.domain === '' && before.op === 'Reshape')
      return this.reshape(before.inputs[0]!, shape)
    return this.node('Reshape', [x, this.#reshapeTarget(x, shape)], {}, { shape, dtype: x.dtype })
  }

  /** The shape as an int64 tensor, computed in the graph where it is not fixed. */
  shape(shape: Shape): Value {
    if (isStatic(shape)) return this.ints(shape)
    const parts = shape.map((size) =>
      typeof size === 'number' ? this.ints([size]) : this.size(size),
    )
    return this.concat(parts, 0)
  }

  /** A size that is not fixed, as an int64 tensor of shape [1], computed from the graph's inputs. */
  size(size: SymbolicDim): Value {
    const found = this.findSize(size)
    if (found !== undefined) return found
    throw new EngineError({
      where: this.scope === '' ? 'lowering' : this.scope,
      expected: 'a size that varies must follow from sizes of the inputs',
      given: formatSize(size),
      hint: 'Fix the sizes that it follows from.',
    })
  }

  /** The same; undefined for a size that follows from none that is known here. */
  findSize(size: SymbolicDim): Value | undefined {
    return this.#sizes.find(size)
  }

  concat(parts: readonly Value[], axis: number): Value {
    const [first] = parts
    const rank = first!.shape.length
    const at = axis < 0 ? axis + rank : axis
    const size = plus(...parts.map((part) => part.shape[at]!))
    return this.node(
      'Concat',
      parts,
      { axis: at },
      {
        shape: first!.shape.map((each, index) => (index === at ? size : each)),
        dtype: first!.dtype,
      },
    )
  }

  gather(x: Value, indices: Value, axis: number): Value {
    return this.node(
      'Gather',
      [x, indices],
      { axis },
      {
        shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)],
        dtype: x.dtype,
      },
    )
  }

  /** Slices fixed ranges: `starts` and `ends` along `axes`, ends may pass the size. */
  slice(
    x: Value,
    axes: readonly number[],
    starts: readonly number[],
    ends: readonly number[],
    shape: Shape,
    steps?: readonly number[],
  ): Value {
    const inputs = [x, this.ints(starts), this.ints(ends), this.ints(axes)]
    if (steps !== undefined) inputs.push(this.ints(steps))
    return this.node('Slice', inputs, {}, { shape, dtype: x.dtype })
  }

  /** Numpy matmul. */
  matMul(a: Value, b: Value): Value {
    const batch = broadcast(a.shape.slice(0, -2), b.shape.slice(0, -2)) ?? a.shape.slice(0, -2)
    return this.node(
      'MatMul',
      [a, b],
      {},
      {
        shape: [...batch, a.shape.at(-2)!, b.shape.at(-1)!],
        dtype: a.dtype,
      },
    )
  }

  /** ReduceSum, ReduceMean, ... with axes as attribute or input as the op wants at opset 17. */
  reduce(op: string, x: Value, axes: readonly number[], keepDims: boolean): Value {
    const shape = reducedShape(x.shape, axes, keepDims)
    const inner = beforeOnes(x.shape, axes)
    if (inner !== undefined) {
      const reduced = this.reduce(op, this.reshape(x, inner), axes, keepDims)
      return this.reshape(reduced, shape)
    }
    const spec = { shape, dtype: x.dtype }
    const keepdims = keepDims ? 1 : 0
    // Only ReduceSum takes its axes as an input before opset 18; the writer moves the others' for later opsets.
    return op === 'ReduceSum'
      ? this.node(op, [x, this.ints(axes)], { keepdims }, spec)
      : this.node(op, [x], { axes, keepdims }, spec)
  }

  #reshapeTarget(x: Value, shape: Shape): Value {
    const symbolic = shape.filter((size) => typeof size !== 'number')
    if (symbolic.length === 0) return this.ints(shape as readonly number[])
    // 0 copies the input's size at the same place, -1 stands for one unknown.
    const isCopied = (size: Dim, axis: number) =>
      typeof size !== 'number' && axis < x.shape.length && sameDim(size, x.shape[axis]!)
    const open = shape.filter((size, axis) => typeof size !== 'number' && !isCopied(size, axis))
    if (symbolic.length === 1 && (open.length === 1 || sizeOf(shape) !== 0)) {
      return this.ints(shape.map((size) => (typeof size === 'number' ? size : -1)))
    }
    if (open.length <= 1) {
      return this.ints(
        shape.map((size, axis) =>
          typeof size === 'number' ? size : isCopied(size, axis) ? 0 : -1,
        ),
      )
    }
    return this.shape(shape)
  }
}

/** A number as part of a key: text makes one of the two zeros. */
function named(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value)
}

function pack(values: readonly number[], dtype: DType): TypedArray {
  switch (dtype) {
    case 'int64':
      return BigInt64Array.from(values, BigInt)
    case 'uint64':
      return BigUint64Array.from(values, BigInt)
    case 'int32':
      return Int32Array.from(values)
    case 'uint32':
      return Uint32Array.from(values)
    case 'bool':
    case 'uint8':
      return Uint8Array.from(values)
    case 'int8':
      return Int8Array.from(values)
    case 'float64':
      return Float64Array.from(values)
    default:
      return Float32Array.from(values)
  }
}

function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): Shape {
  return shape.flatMap((size, axis) => (axes.includes(axis) ? (keepDims ? [1] : []) : [size]))
}

/**
 * A shape without the axes of one at its end, where the last axis before them is reduced and they are not: onnxruntime reduces the last axis some forty times faster than one in front of an axis of
 * one.
 */
function beforeOnes(shape: Shape, axes: readonly number[]): Shape | undefined {
  if (!isStatic(shape)) return undefined
  const end = shape.findLastIndex((size) => size !== 1) + 1
  if (end === shape.length || !axes.includes(end - 1) || axes.some((axis) => axis >= end))
    return undefined
  return shape.slice(0, end)
}
