import { type Graph, isGraph, type Node, whereOf } from '../ir/index.ts'

/** Where two captures of a program differ in more than numbers. */
export interface Difference {
  readonly where: string
  readonly given: string
}

/** The first difference; undefined when there is none. */
export function differenceOf(a: Graph, b: Graph): Difference | undefined {
  for (let index = 0; index < Math.max(a.nodes.length, b.nodes.length); index++) {
    const [left, right] = [a.nodes[index], b.nodes[index]]
    if (left === undefined || right === undefined) {
      const where = whereOf((left ?? right)!)
      return { where, given: `${a.nodes.length} and ${b.nodes.length} kernels` }
    }
    const found = nodeDifference(left, right)
    if (found !== undefined) return found
  }
  return undefined
}

function nodeDifference(a: Node, b: Node): Difference | undefined {
  const where = whereOf(a)
  if (a.op !== b.op) return { where, given: `${a.op} and ${b.op}` }
  if (a.inputs.length !== b.inputs.length) {
    return { where, given: `${a.inputs.length} and ${b.inputs.length} inputs` }
  }
  if (a.outputs.length !== b.outputs.length) {
    return { where, given: `${a.outputs.length} and ${b.outputs.length} results` }
  }
  const ranks = (node: Node) => node.outputs.map(({ shape }) => shape.length).join(', ')
  if (ranks(a) !== ranks(b)) return { where, given: `results of rank ${ranks(a)} and ${ranks(b)}` }
  for (const [name, value] of Object.entries(a.attrs)) {
    const other = b.attrs[name]
    const found = isGraph(value) && isGraph(other) ? differenceOf(value, other) : undefined
    if (found !== undefined) return found
  }
  return undefined
}
