import {
  createValue,
  type DType,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  readersOf,
  sizeOf,
  type Value,
} from '../ir/index.ts'

/**
 * Casts a tensor before it is split where most of its parts are cast to one type: the columns of a table that are categories become integers at once, in as many nodes as
 * one of them takes. For captured graphs of fixed shapes.
 */
export function castBeforeSplit(graph: Graph): void {
  const readers = readersOf(graph)
  const returned = new Set(graph.outputs.map(({ value }) => value))
  const removed = new Set<Node>()
  const nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== 'tfjs' || node.op !== 'SplitV') return [node]
    const found = castParts(node, (part) => (returned.has(part) ? [] : (readers.get(part) ?? [])))
    if (found === undefined) return [node]
    for (const { cast } of found) removed.add(cast)
    return [node, ...castFirst(node, found)]
  })
  graph.nodes = nodes.filter((node) => !removed.has(node))
}

/** A part that is cast, and by which node. */
interface CastPart {
  readonly part: Value
  readonly cast: Node
}

/** The parts that are cast to the type of the first of them and read by nothing else, where there are several and they are half of the tensor at least. */
function castParts(
  { inputs, outputs }: Node,
  readersOf: (part: Value) => readonly Node[],
): CastPart[] | undefined {
  const whole = inputs[0]!.shape
  if (!isStatic(whole)) return undefined
  const found: CastPart[] = []
  let dtype: DType | undefined
  for (const part of outputs) {
    const [cast, ...others] = readersOf(part)
    if (cast?.domain !== 'tfjs' || cast.op !== 'Cast' || others.length > 0) continue
    dtype ??= cast.outputs[0]!.dtype
    if (cast.outputs[0]!.dtype === dtype) found.push({ part, cast })
  }
  const elements = found.reduce((sum, { part }) => sum + Number(sizeOf(part.shape)), 0)
  return found.length > 1 && 2 * elements >= Number(sizeOf(whole)) ? found : undefined
}

function castFirst(split: Node, found: readonly CastPart[]): Node[] {
  const { attrs, scope } = split
  const x = split.inputs[0]!
  const { cast } = found[0]!
  const { dtype } = cast.outputs[0]!
  const whole = createValue(x.shape, dtype)
  const casts = new Map(found.map((each) => [each.part, each.cast.outputs[0]!]))
  const parts = split.outputs.map((part) => casts.get(part) ?? createValue(part.shape, dtype))
  return [
    kernelNode('Cast', { x }, [whole], { attrs: cast.attrs, scope }),
    kernelNode('SplitV', { x: whole }, parts, { attrs, scope }),
  ]
}
