import { type Graph, type Node, readersOf, sameShape, type Value } from '../ir/index.ts'
import { NCHWC } from '../lower/blocked-convolution.ts'

/**
 * Lets onnxruntime's NCHWc convolutions add what is added to their result, which saves a pass over memory. onnxruntime writes the result where the other summand
 * lies, but only where nobody reads that afterwards: else it would copy it first, on one thread. For lowered graphs; the convolutions that were replaced are dead
 * code afterwards.
 */
export function fuseSums(graph: Graph): void {
  const readers = readersOf(graph)
  const kept = new Set(graph.outputs.map(({ value }) => value))
  const places = new Map(graph.nodes.map((node, index) => [node, index]))
  const fusing = (sum: Node): readonly [fused: Node, convolution: Node] | undefined => {
    const [left, right] = sum.inputs as [Value, Value]
    for (const [result, other] of [
      [left, right],
      [right, left],
    ] as const) {
      const convolution = result.node
      if (convolution === undefined || !takesSum(convolution)) continue
      if (kept.has(result) || readers.get(result)!.length > 1) continue
      if (other.node === undefined || !sameShape(other.shape, result.shape)) continue
      const others = readersOfMemory(other, readers, kept)?.filter((reader) => reader !== sum)
      if (others === undefined || !allLeadTo(others, convolution, places)) continue
      const [x, filter, bias] = convolution.inputs
      // It moves to the place of the sum: its inputs are all computed by then.
      const inputs = [x, filter, bias, other]
      return [{ ...convolution, inputs, outputs: sum.outputs }, convolution]
    }
    return undefined
  }
  graph.nodes = graph.nodes.map((node, index) => {
    const isSum = node.domain === '' && node.op === 'Add' && node.inputs[0] !== node.inputs[1]
    const found = isSum ? fusing(node) : undefined
    if (found === undefined) return node
    const [replaced, convolution] = found
    places.set(replaced, index)
    node.outputs[0]!.node = replaced
    const gone = [node, convolution]
    for (const input of new Set([...convolution.inputs, ...node.inputs])) {
      if (input === undefined) continue
      const others = readers.get(input)!.filter((reader) => !gone.includes(reader))
      readers.set(input, replaced.inputs.includes(input) ? [...others, replaced] : others)
    }
    return replaced
  })
}

function takesSum({ op, domain, attrs, inputs }: Node): boolean {
  return domain === NCHWC && op === 'Conv' && attrs.activation === undefined && inputs.length < 4
}

/** Who reads a tensor, as it is or reshaped, which is the same memory. Undefined where it leaves the graph. */
function readersOfMemory(
  value: Value,
  readers: ReadonlyMap<Value, readonly Node[]>,
  kept: ReadonlySet<Value>,
): Node[] | undefined {
  let root = value
  while (root.node?.op === 'Reshape') root = root.node.inputs[0]!
  // An input's memory is not the run's own.
  if (root.node === undefined) return undefined
  const found: Node[] = []
  const pending = [root]
  for (let each = pending.pop(); each !== undefined; each = pending.pop()) {
    if (kept.has(each)) return undefined
    for (const reader of readers.get(each) ?? []) {
      if (reader.op === 'Reshape') pending.push(reader.outputs[0]!)
      else found.push(reader)
    }
  }
  return found
}

/**
 * Whether nodes must all have run before another can. It itself is none of them: onnxruntime does not write a result where an operand of it lies.
 */
function allLeadTo(
  firsts: readonly Node[],
  last: Node,
  places: ReadonlyMap<Node, number>,
): boolean {
  if (firsts.length === 0) return true
  const end = places.get(last)!
  if (firsts.some((first) => places.get(first)! >= end)) return false
  const wanted = new Set(firsts)
  const from = Math.min(...firsts.map((first) => places.get(first)!))
  const seen = new Set<Node>()
  const pending = [last]
  for (let node = pending.pop(); node !== undefined && wanted.size > 0; node = pending.pop()) {
    wanted.delete(node)
    for (const input of node.inputs) {
      const before = input?.node
      if (before === undefined || seen.has(before) || places.get(before)! < from) continue
      seen.add(before)
      pending.push(before)
    }
  }
  return wanted.size === 0
}
