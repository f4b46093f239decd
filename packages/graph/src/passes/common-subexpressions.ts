import { attrsKey } from '../ir/attrs-key.ts'
import {
  type Graph,
  isConstant,
  keyOf,
  replaceUses,
  type TypedArray,
  type Value,
} from '../ir/index.ts'

/** Merges nodes that compute the same from the same, and small constants that hold the same numbers. */
export function mergeCommonSubexpressions(graph: Graph): void {
  const replacements = new Map<Value, Value>()
  const seen = new Map<string, readonly Value[]>()
  const constants = new Map<string, Value>()
  /** Constants that stay: each is looked at once. */
  const kept = new Set<Value>()
  const resolve = (value: Value): Value => {
    const known = replacements.get(value)
    if (known !== undefined) return known
    if (!isConstant(value) || kept.has(value)) return value
    const key = constantKey(value)
    const first = key === undefined ? undefined : constants.get(key)
    if (first !== undefined) {
      replacements.set(value, first)
      return first
    }
    kept.add(value)
    if (key !== undefined) constants.set(key, value)
    return value
  }
  graph.nodes = graph.nodes.filter((node) => {
    node.inputs = node.inputs.map((input) => (input === undefined ? undefined : resolve(input)))
    // Nodes that hold graphs are not compared.
    if (node.formals !== undefined) return true
    const key = [
      node.domain,
      node.op,
      node.inputNames.join(),
      node.inputs.map((input) => input?.id ?? '').join(),
      node.outputs.map((output) => `${output.dtype}[${dims(output)}]`).join(),
      attrsKey(node.attrs),
    ].join('|')
    const twins = seen.get(key)
    if (twins === undefined) {
      seen.set(key, node.outputs)
      return true
    }
    for (const [index, output] of node.outputs.entries()) {
      twins[index]!.name ??= output.name
      replacements.set(output, twins[index]!)
    }
    return false
  })
  replaceUses(graph, replacements)
}

const LARGEST_COMPARED = 4096

/** Undefined for what is not compared. */
function constantKey(value: Value): string | undefined {
  const head = `${value.dtype}[${dims(value)}]`
  if (value.fill !== undefined)
    return `${head} fill ${Object.is(value.fill, -0) ? '-0' : value.fill}`
  if (value.sizes !== undefined) return `${head} sizes ${dims({ shape: value.sizes })}`
  const data = value.data as TypedArray
  if (value.dtype === 'string' || data.length > LARGEST_COMPARED) return undefined
  return `${head} ${data.join()}`
}

function dims(value: Pick<Value, 'shape'>): string {
  return value.shape.map(keyOf).join()
}
