import { type Dim, type Shape, sizeOf } from './dim.ts'
import { allocate, DTYPES, type DType, type TypedArray } from './dtype.ts'

/** What a node attribute may hold. Numbers that depend on the captured size are {@link Dim}s. */
export type AttrValue =
  | string
  | boolean
  | Dim
  | undefined
  | null
  | readonly AttrValue[]
  | Graph
  | TypedArray

export type Attrs = Readonly<Record<string, AttrValue>>

/** A tensor in a graph: an input, a constant (with `data`), or an output of a node. */
export interface Value {
  readonly id: number
  shape: Shape
  dtype: DType
  /** Path of the layer whose output it is, or the name of an input. */
  name?: string | undefined
  /** The numbers of a constant. */
  data?: TypedArray | readonly Uint8Array[] | undefined
  /** The one number that every element of a constant equals; then there is no `data`. */
  fill?: number | undefined
  /** The numbers of a constant that follow the captured size, flat; then there is no `data`. */
  sizes?: readonly Dim[] | undefined
  /** The node that computes it; undefined for inputs and constants. */
  node?: Node | undefined
}

/** One operation. Missing optional inputs are `undefined`. */
export interface Node {
  readonly op: string
  /** `tfjs`: a captured kernel. `''`: standard ONNX. Else an ONNX domain such as `com.microsoft`. */
  readonly domain: string
  /** Names of the inputs of a tfjs kernel, in step with `inputs`; empty for ONNX nodes, whose inputs go by position. */
  readonly inputNames: readonly string[]
  inputs: (Value | undefined)[]
  readonly attrs: Attrs
  /** Of a node that holds graphs: how many of its inputs are its own. Those behind are only taken by its graphs, see {@link GraphInput.from}. */
  readonly formals?: number | undefined
  readonly outputs: Value[]
  /** Path of the layer that called it. */
  readonly scope: string
  /** Where an ONNX node comes from. */
  readonly origin?: Origin | undefined
}

/** What an ONNX node was made for. */
export interface Origin {
  /** The captured kernel. */
  readonly node: Node
  /** Which form of it; undefined for the portable one. */
  readonly form?: string | undefined
}

export interface GraphInput {
  readonly name: string
  value: Value
  /** A variable's current value, held by the state store between runs. */
  readonly state: boolean
  /** In a graph that a node holds: which of the node's inputs this is. Left out where the node itself gives it, as a loop does its variables. */
  readonly from?: number
  /** Where it lies in the store; the variable of this name when it is left out. */
  readonly view?: StateView
}

export interface GraphOutput {
  readonly name: string
  value: Value
  /** The next value of the variable of this name. */
  readonly state: boolean
  /** Where it lies in the store; the variable of this name when it is left out. */
  readonly view?: StateView
}

/** A stretch of the state store's memory: variables that lie side by side, or a part of one. */
export interface StateView {
  readonly variables: readonly string[]
  /** First element, counted from the start of the first variable. */
  readonly offset: number
  /** Number of elements. */
  readonly length: number
}

/** Nodes in topological order, with what goes in and what comes out. */
export interface Graph {
  inputs: GraphInput[]
  outputs: GraphOutput[]
  nodes: Node[]
}

let nextId = 0

/** A new value; ids are unique in the process. */
export function createValue(shape: Shape, dtype: DType, extra: Partial<Value> = {}): Value {
  // The same fields in the same order, whatever there is: everything that looks at values is compiled for one kind of object then.
  const { name, data, fill, sizes, node } = extra
  return { id: nextId++, shape, dtype, name, data, fill, sizes, node }
}

/** A constant. `data` is kept, not copied. */
export function constant(data: TypedArray, shape: Shape, dtype: DType): Value {
  return createValue(shape, dtype, { data })
}

/** A constant whose elements are all the same number, which takes no memory. */
export function filled(fill: number, shape: Shape, dtype: DType): Value {
  return createValue(shape, dtype, { fill })
}

export function isConstant(value: Value): boolean {
  return value.data !== undefined || value.fill !== undefined || value.sizes !== undefined
}

/** The numbers of a constant of fixed shape. */
export function constantData(value: Value): TypedArray | undefined {
  if (value.fill === undefined) return value.data as TypedArray | undefined
  const data = allocate(value.dtype, Number(sizeOf(value.shape)))
  return Object.is(value.fill, 0)
    ? data
    : (data.fill as (fill: number | bigint) => TypedArray).call(
        data,
        value.dtype === 'int64' || value.dtype === 'uint64' ? BigInt(value.fill) : value.fill,
      )
}

/** Bytes of the numbers of a value of fixed shape; 0 for what no typed array holds. */
export function bytesOf({ shape, dtype }: Value): number {
  return dtype === 'string' || dtype === 'complex64'
    ? 0
    : Number(sizeOf(shape)) * DTYPES[dtype].bytes
}

export function emptyGraph(): Graph {
  return { inputs: [], outputs: [], nodes: [] }
}

/** The tfjs-style named input of a captured kernel. */
export function namedInput(node: Node, name: string): Value | undefined {
  const index = node.inputNames.indexOf(name)
  return index < 0 ? undefined : node.inputs[index]
}

/** The number that every element of a constant equals, or undefined. */
export function uniformValue(value: Value | undefined): number | undefined {
  if (value?.fill !== undefined) return value.fill
  const data = value?.data
  if (data === undefined || Array.isArray(data) || data.length === 0) return undefined
  const numbers = data as TypedArray
  const first = numbers[0]!
  for (let index = 1; index < numbers.length; index++) {
    if (numbers[index] !== first) return undefined
  }
  return Number(first)
}

/** Replaces uses of values in nodes and graph outputs. Follows chains of replacements. */
export function replaceUses(graph: Graph, replacements: ReadonlyMap<Value, Value>): void {
  if (replacements.size === 0) return
  const resolve = (value: Value): Value => {
    let current = value
    for (let next = replacements.get(current); next; next = replacements.get(current))
      current = next
    return current
  }
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((input) => (input === undefined ? undefined : resolve(input)))
  }
  for (const output of graph.outputs) output.value = resolve(output.value)
}

/** How many nodes and graph outputs read each value. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>()
  const use = (value: Value) => uses.set(value, (uses.get(value) ?? 0) + 1)
  for (const node of graph.nodes) {
    for (const input of node.inputs) if (input) use(input)
  }
  for (const output of graph.outputs) use(output.value)
  return uses
}

/** The nodes that read each value, in the order of the graph; one that reads it twice stands there twice. */
export function readersOf(graph: Graph): Map<Value, Node[]> {
  const readers = new Map<Value, Node[]>()
  for (const node of graph.nodes) {
    for (const input of node.inputs) {
      if (input === undefined) continue
      const known = readers.get(input)
      if (known === undefined) readers.set(input, [node])
      else known.push(node)
    }
  }
  return readers
}
