import { attrsKey } from '../ir/attrs-key.ts'
import { createValue, emptyGraph, type Graph, type Node, type Value } from '../ir/index.ts'

/** Kernels to run together: what goes in, what must come out. */
export interface Piece {
  readonly nodes: readonly Node[]
  /** Values with numbers, in the order of their first use. */
  readonly feeds: readonly Value[]
  readonly results: readonly Value[]
}

/** Short names for what a kernel does apart from its inputs, so that keys stay short. */
const kinds = new Map<string, number>()

/** Longest table of kinds; programs whose attributes never repeat would fill it. */
const MAX_KINDS = 1 << 16

const kindOf = new WeakMap<Node, number>()

export function pieceOf(nodes: readonly Node[], results: readonly Value[]): Piece {
  const feeds = new Set<Value>()
  for (const node of nodes) {
    for (const input of node.inputs) {
      if (input !== undefined && input.node === undefined) feeds.add(input)
    }
  }
  return { nodes, feeds: [...feeds], results }
}

/** Equal for pieces of the same kernels, attributes, shapes, types and wiring, whatever the numbers. */
export function structureKey({ nodes, feeds, results }: Piece): string {
  const places = new Map<Value, string>()
  const parts: string[] = []
  for (const [index, feed] of feeds.entries()) {
    places.set(feed, `f${index}`)
    parts.push(`${feed.dtype}[${feed.shape.join()}]`)
  }
  for (const [index, node] of nodes.entries()) {
    for (const [at, output] of node.outputs.entries()) places.set(output, `${index}.${at}`)
    const inputs = node.inputs.map((input) => (input === undefined ? '' : places.get(input)!))
    parts.push(`${kind(node)}(${inputs.join()})`)
  }
  parts.push(results.map((result) => places.get(result)!).join())
  return parts.join(' ')
}

/** The piece as a graph of its own: feeds are its inputs `i0`, `i1`, ..., results its outputs `o0`, `o1`, ... */
export function graphOf({ nodes, feeds, results }: Piece): Graph {
  const graph = emptyGraph()
  const copies = new Map<Value, Value>()
  const copyOf = (value: Value) => copies.get(value)!
  for (const [index, feed] of feeds.entries()) {
    const name = `i${index}`
    const value = createValue(feed.shape, feed.dtype, { name })
    copies.set(feed, value)
    graph.inputs.push({ name, value, state: false })
  }
  for (const node of nodes) {
    const copy: Node = {
      ...node,
      inputs: node.inputs.map((input) => (input === undefined ? undefined : copyOf(input))),
      outputs: node.outputs.map((output) => createValue(output.shape, output.dtype)),
    }
    for (const [at, output] of copy.outputs.entries()) {
      output.node = copy
      copies.set(node.outputs[at]!, output)
    }
    graph.nodes.push(copy)
  }
  for (const [index, result] of results.entries()) {
    graph.outputs.push({ name: `o${index}`, value: copyOf(result), state: false })
  }
  return graph
}

function kind(node: Node): number {
  const known = kindOf.get(node)
  if (known !== undefined) return known
  const outputs = node.outputs.map(({ dtype, shape }) => `${dtype}[${shape.join()}]`)
  const text = `${node.op}|${node.inputNames.join()}|${outputs.join()}|${attrsKey(node.attrs)}`
  let found = kinds.get(text)
  if (found === undefined) {
    found = next++
    if (kinds.size >= MAX_KINDS) kinds.clear()
    kinds.set(text, found)
  }
  kindOf.set(node, found)
  return found
}

let next = 0
