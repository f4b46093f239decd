import { EngineError } from '@ashlar/errors'
import {
  type Attrs,
  type AttrValue,
  createValue,
  dim,
  type Graph,
  isConstant,
  isGraph,
  kernelNode,
  type Node,
  type Shape,
  type TypedArray,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/**
 * Makes one graph of captures of the same program at several sizes. Numbers in shapes and attributes that differ become dimensions that know
 * their value at each size.
 *
 * @throws EngineError when the captures differ in more than numbers.
 */
export function unifyCaptures(graphs: readonly Graph[]): Graph {
  const [first] = graphs
  if (graphs.length === 1) return first!
  for (const graph of graphs) {
    if (graph.nodes.length === first!.nodes.length) continue
    throw structureError('', `${first!.nodes.length} and ${graph.nodes.length} kernels`)
  }
  const unification = new Unification()
  return {
    inputs: first!.inputs.map((input, index) => ({
      ...input,
      value: unification.value(graphs.map((graph) => graph.inputs[index]!.value)),
    })),
    nodes: first!.nodes.flatMap((_, index) =>
      unification.nodes(graphs.map((graph) => graph.nodes[index]!)),
    ),
    outputs: first!.outputs.map((output, index) => ({
      ...output,
      value: unification.value(graphs.map((graph) => graph.outputs[index]!.value)),
    })),
  }
}

class Unification {
  /** Unified values by the first capture's. */
  readonly #values = new Map<Value, Value>()
  /** What computes constants that grow with the size. */
  #growing: Node[] = []

  /** The unified node, after those that compute its constants. */
  nodes(nodes: readonly Node[]): Node[] {
    const node = this.#node(nodes)
    const growing = this.#growing
    this.#growing = []
    return [...growing, node]
  }

  #node(nodes: readonly Node[]): Node {
    const [first] = nodes as [Node]
    const where = first.scope === '' ? first.op : `${first.scope} (${first.op})`
    for (const other of nodes) {
      if (other.op !== first.op) throw structureError(where, `${first.op} and ${other.op}`)
      if (other.inputs.length === first.inputs.length) continue
      throw structureError(where, `${first.inputs.length} and ${other.inputs.length} inputs`)
    }
    const unified: Node = {
      ...first,
      inputs: first.inputs.map((input, index) =>
        input === undefined
          ? undefined
          : this.value(
              nodes.map((each) => each.inputs[index]!),
              where,
            ),
      ),
      attrs: unifyAttrs(
        nodes.map(({ attrs }) => attrs),
        where,
      ),
      outputs: first.outputs.map((_, index) =>
        this.value(nodes.map((each) => each.outputs[index]!)),
      ),
    }
    for (const output of unified.outputs) output.node = unified
    return unified
  }

  value(values: readonly Value[], where = ''): Value {
    const [first] = values as [Value]
    let unified = this.#values.get(first)
    if (unified === undefined) {
      unified = isConstant(first)
        ? (this.#repeatedRow(values) ?? unifyConstant(values, where))
        : unifyComputed(values)
      this.#values.set(first, unified)
    }
    return unified
  }

  /** A list with one row for each sample, all of them equal, as the row added to as many zeros. */
  #repeatedRow(values: readonly Value[]): Value | undefined {
    const row = rowOf(values)
    if (row === undefined) return undefined
    const shape = unifyShapes(values)
    const result = createValue(shape, row.dtype)
    const zeros = createValue(shape, row.dtype, { fill: 0 })
    this.#growing.push(kernelNode('Add', { a: zeros, b: row }, [result], { scope: '' }))
    return result
  }
}

/** The row that all rows of all lists are; undefined when they differ, or are as many at each size. */
function rowOf(values: readonly Value[]): Value | undefined {
  const [first] = values as [Value]
  const { data, dtype, shape } = first
  const inner = shape.slice(1)
  const isGrowing = values.some((each) => each.shape[0] !== shape[0])
  if (!isGrowing || data === undefined || dtype === 'string' || inner.length === 0) {
    return undefined
  }
  const length = inner.reduce<number>((all, size) => all * Number(size), 1)
  const row = (data as TypedArray).slice(0, length)
  const isSame = values.every(
    (each) =>
      each.data !== undefined &&
      each.shape.slice(1).join() === inner.join() &&
      (each.data as TypedArray).every((value, index) => value === row[index % length]),
  )
  return isSame ? createValue([1, ...inner], dtype, { data: row }) : undefined
}

function unifyComputed(values: readonly Value[]): Value {
  const [first] = values as [Value]
  return createValue(
    unifyShapes(values),
    first.dtype,
    first.name === undefined ? {} : { name: first.name },
  )
}

function unifyShapes(values: readonly Value[]): Shape {
  return values[0]!.shape.map((_, axis) => dim(values.map(({ shape }) => shape[axis] as number)))
}

/** Equal constants stay; ones of a single number grow with the size; short lists of numbers may follow the size. */
function unifyConstant(values: readonly Value[], where: string): Value {
  const [first] = values as [Value]
  const shape = unifyShapes(values)
  const fills = values.map((value) => uniformValue(value))
  const isUniform = fills[0] !== undefined && fills.every((fill) => fill === fills[0])
  if (values.every((value) => sameNumbers(value, first))) return first
  if (isUniform) return createValue(shape, first.dtype, { fill: fills[0] })
  const lists = values.map(shortList)
  const [head] = lists
  const areSizes = lists.every(
    (list) => list !== undefined && list.length === head!.length && list.every(Number.isInteger),
  )
  if (areSizes) {
    const sizes = head!.map((_, index) => dim(lists.map((list) => list![index]!)))
    return createValue(shape, first.dtype, { sizes })
  }
  throw new EngineError({
    where: where === '' ? 'capture' : where,
    expected: 'numbers made in JavaScript must not depend on the size of an input',
    given: `${first.dtype} ${first.shape}`,
    hint: 'Compute them with tensor operations from the input, or export with a fixed size.',
  })
}

/** The longest list of sizes that JavaScript code makes: shapes, paddings and the like. */
const LONGEST_LIST = 16

function shortList({ data, dtype }: Value): readonly number[] | undefined {
  if (data === undefined || dtype === 'string' || data.length > LONGEST_LIST) return undefined
  return [...(data as Iterable<number | bigint>)].map(Number)
}

function sameNumbers(a: Value, b: Value): boolean {
  if (a === b) return true
  if (a.fill !== undefined || b.fill !== undefined) {
    return a.fill === b.fill && a.shape.join() === b.shape.join()
  }
  const [left, right] = [a.data as TypedArray, b.data as TypedArray]
  if (left.length !== right.length || a.shape.join() !== b.shape.join()) return false
  return left.every((value, index) => Object.is(value, right[index]) || value === right[index])
}

function unifyAttrs(all: readonly Attrs[], where: string): Attrs {
  return Object.fromEntries(
    Object.keys(all[0]!).map((name) => [
      name,
      unifyAttr(
        all.map((attrs) => attrs[name]),
        `${where} ${name}`,
      ),
    ]),
  )
}

function unifyAttr(values: readonly AttrValue[], where: string): AttrValue {
  const [first] = values
  if (values.every((value) => Object.is(value, first))) return first
  if (isGraph(first)) return unifyCaptures(values as readonly Graph[])
  if (values.every((value) => typeof value === 'number')) return dim(values as number[])
  if (values.every((value) => Array.isArray(value) && value.length === (first as []).length)) {
    return (first as readonly AttrValue[]).map((_, index) =>
      unifyAttr(
        values.map((value) => (value as readonly AttrValue[])[index]),
        where,
      ),
    )
  }
  throw structureError(where, values.map(String).join(' and '))
}

function structureError(where: string, given: string): EngineError {
  return new EngineError({
    where: where === '' ? 'capture' : where,
    expected: 'the kernels of a program must not depend on the size of its input',
    given,
    hint: 'Export with a fixed size, or take the branch on the size out of the model.',
  })
}
