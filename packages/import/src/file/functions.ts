import type { onnx as Onnx } from 'onnx-proto'
import { type AttributeValue, isGraph, type OnnxGraph, type OnnxNode, REFERENCE } from './graph.ts'
import { UnreadableError } from './tensor.ts'

/** A function that a file brings along. */
export interface OnnxFunction {
  readonly name: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  /** Names of its attributes. */
  readonly attributes: readonly (string | Onnx.IAttributeProto)[]
  readonly nodes: readonly OnnxNode[]
}

/** Functions in functions beyond this are refused: an honest file has two or three. */
const DEEPEST = 20

/** So many nodes at most may come of functions: a few that call each other twice would make millions. */
const MOST_NODES = 200_000

/** A graph with the functions of its file put in place of the nodes that call them. */
export function inlineFunctions(graph: OnnxGraph, functions: readonly OnnxFunction[]): OnnxGraph {
  if (functions.length === 0) return graph
  const byName = new Map(functions.map((each) => [`${each.domain}:${each.name}`, each]))
  let made = 0
  const inline = (nodes: readonly OnnxNode[], depth: number): OnnxNode[] =>
    nodes.flatMap((node) => {
      const body = byName.get(`${node.domain}:${node.op}`)
      if (body === undefined) return [withGraphs(node, depth)]
      if (depth > DEEPEST) throw new UnreadableError(`function ${body.name} calls itself`)
      made += body.nodes.length
      if (made > MOST_NODES) throw new UnreadableError('its functions make up too many nodes')
      return inline(
        body.nodes.map((each) => placed(each, body, node)),
        depth + 1,
      )
    })
  const withGraphs = (node: OnnxNode, depth: number): OnnxNode => ({
    ...node,
    attributes: new Map(
      [...node.attributes].map(([name, value]) => [
        name,
        isGraph(value) ? { ...value, nodes: inline(value.nodes, depth) } : value,
      ]),
    ),
  })
  return { ...graph, nodes: inline(graph.nodes, 0) }
}

/** A node of a function, where it is called. */
function placed(node: OnnxNode, body: OnnxFunction, call: OnnxNode): OnnxNode {
  const names = new Map<string, string>()
  for (const [index, name] of body.inputs.entries()) names.set(name, call.inputs[index] ?? '')
  for (const [index, name] of body.outputs.entries()) {
    const outer = call.outputs[index]
    if (outer) names.set(name, outer)
  }
  const rename = (name: string) => (name === '' ? '' : (names.get(name) ?? `${call.name}/${name}`))
  const attributes = new Map<string, AttributeValue>()
  for (const [name, value] of node.attributes) {
    const reference = typeof value === 'string' && value.startsWith(REFERENCE)
    const resolved = reference ? call.attributes.get(value.slice(REFERENCE.length)) : value
    if (resolved !== undefined) {
      attributes.set(name, isGraph(resolved) ? renamed(resolved, rename) : resolved)
    }
  }
  return {
    ...node,
    name: `${call.name}/${node.name}`,
    inputs: node.inputs.map(rename),
    outputs: node.outputs.map(rename),
    attributes,
  }
}

/** A graph with other names of values, those of the graphs in it included. */
export function renamed(graph: OnnxGraph, rename: (name: string) => string): OnnxGraph {
  const port = <P extends { readonly name: string }>(each: P): P => ({
    ...each,
    name: rename(each.name),
  })
  return {
    ...graph,
    inputs: graph.inputs.map(port),
    outputs: graph.outputs.map(port),
    initializers: new Map([...graph.initializers].map(([name, each]) => [rename(name), each])),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(rename),
      outputs: node.outputs.map(rename),
      attributes: new Map(
        [...node.attributes].map(([key, value]) => [
          key,
          isGraph(value) ? renamed(value, rename) : value,
        ]),
      ),
    })),
  }
}
