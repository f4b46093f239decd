import type { OnnxGraph, OnnxNode } from '../file/graph.ts'
import { computeNode, flowsOf } from './arithmetic.ts'
import { takenBy } from './prepare.ts'

/** Numbers that are computed of numbers are looked for so deep. */
const DEEPEST = 12

/** Nodes and what is known of the values between them. */
export interface Wiring {
  /** The node that makes a value. */
  readonly maker: ReadonlyMap<string, OnnxNode>
  /** The nodes that take a value. */
  readonly users: ReadonlyMap<string, readonly OnnxNode[]>
  /** One number that is the same always, computed of others where the file has it so; undefined for anything else. */
  number(name: string): number | undefined
  /** Whether a value is a vector of the file: numbers along the last axis. */
  isVector(name: string): boolean
  /** The axes that a node works over. */
  axes(node: OnnxNode): readonly number[] | undefined
}

/** Looks at nodes of a graph from all sides. */
export function wiringOf(graph: OnnxGraph, nodes: readonly OnnxNode[]): Wiring {
  const maker = new Map<string, OnnxNode>()
  const users = new Map<string, OnnxNode[]>()
  for (const node of nodes) {
    for (const name of node.outputs) maker.set(name, node)
    for (const name of takenBy(node)) users.set(name, [...(users.get(name) ?? []), node])
  }
  const constants = (name: string): readonly number[] | undefined => {
    const data = graph.initializers.get(name)?.data
    if (data !== undefined) return data.length <= 8 ? Array.from(data as Float32Array, Number) : []
    const node = maker.get(name)
    // Exporters hand constants on.
    if (node?.op === 'Identity' || node?.op === 'Cast') return constants(node.inputs[0]!)
    if (node?.op !== 'Constant') return undefined
    const value = node.attributes.get('value_float') ?? node.attributes.get('value_int')
    return typeof value === 'number' ? [value] : undefined
  }
  const number = (name: string, depth = 0): number | undefined => {
    const found = constants(name)
    if (found !== undefined) return found.length === 1 ? found[0] : undefined
    const node = maker.get(name)
    if (node === undefined || depth > DEEPEST) return undefined
    const given = flowsOf(node).map((each) => number(each, depth + 1))
    if (given.length === 0 || given.some((each) => each === undefined)) return undefined
    return computeNode(
      node,
      given.map((each) => [each!]),
    )?.[0]
  }
  const isVector = (name: string): boolean => {
    const node = maker.get(name)
    if (node?.op === 'Identity') return isVector(node.inputs[0]!)
    const shape = graph.initializers.get(name)?.shape ?? []
    return shape.length > 0 && shape.slice(0, -1).every((size) => size === 1) && shape.at(-1)! > 1
  }
  return {
    ...{ maker, users, isVector, number: (name) => number(name) },
    axes({ inputs, attributes }) {
      const given = attributes.get('axes')
      if (Array.isArray(given)) return given as number[]
      return inputs[1] === undefined ? undefined : constants(inputs[1])
    },
  }
}
