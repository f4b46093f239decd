import {
  type Graph,
  type Node,
  readersOf,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import { inOrder } from './in-order.ts'
import { sigmoidOf } from './quick-gates.ts'

/**
 * `x * sigmoid(x)` (swish, SiLU: Elfwing et al. 2017) as one op, and its derivative by what it gave: `dy * (s + y * (1 - s))` with the sigmoid s computed again. tfjs's derivative keeps two more tensors from
 * the way there, and goes over memory twice as often. The sigmoid is onnxruntime's, which is zero where it is below 2e-8: beside x that is nothing, in whatever else it may be a lot, and there it stays as it was. For lowered
 * training steps; what was replaced is dead code afterwards.
 */
export function fuseSwishes(graph: Graph): void {
  const readers = readersOf(graph)
  const kept = new Set(graph.outputs.map(({ value }) => value))
  /** What takes the place of a node. */
  const replaced = new Map<Node, readonly Node[]>()
  for (const node of graph.nodes) {
    const x = sigmoidOf(node)
    const swish = x && swishOf(x, node.outputs[0]!, readers, kept)
    if (swish === undefined) continue
    const { y, gradients } = swish
    const fused: Node = {
      ...y,
      ...{ op: 'QuickGelu', domain: 'com.microsoft', inputs: [x!], attrs: { alpha: 1 } },
    }
    y.outputs[0]!.node = fused
    replaced.set(y, [fused])
    for (const { dy, sum } of gradients) {
      replaced.set(sum, derivative({ x: x!, y: y.outputs[0]!, dy, sum }))
    }
  }
  if (replaced.size === 0) return
  // A derivative that somebody wrote by hand may stand in front of the function.
  graph.nodes = inOrder(graph.nodes.flatMap((node) => replaced.get(node) ?? [node]))
}

interface Gradient {
  readonly dy: Value
  /** The node that gives the derivative. */
  readonly sum: Node
}

interface Swish {
  /** The node that gives `x * sigmoid(x)`. */
  readonly y: Node
  readonly gradients: readonly Gradient[]
}

/** What a sigmoid is part of, if it is nothing but that. */
function swishOf(
  x: Value,
  s: Value,
  readers: ReadonlyMap<Value, readonly Node[]>,
  kept: ReadonlySet<Value>,
): Swish | undefined {
  if (kept.has(s) || x.dtype !== 'float32') return undefined
  const own = readers.get(s) ?? []
  const y = own.find((node) => factorBeside(node, s) === x)
  const slope = own.find((node) => {
    const rest = factorBeside(node, s)?.node
    return rest !== undefined && isOneMinus(rest, s)
  })
  if (y === undefined) return undefined
  const gradients: Gradient[] = []
  // One minus the sigmoid, and what it is part of, are read by the derivative alone.
  const others = own.filter((node) => node !== y && node !== slope && !isOneMinus(node, s))
  for (const product of others) {
    const dy = factorBeside(product, s)
    const [sum, ...more] = readers.get(product.outputs[0]!) ?? []
    const isWhole = dy !== undefined && more.length === 0 && slope !== undefined
    if (!isWhole || !isDerivative(sum, { x, dy, first: product, slope: slope.outputs[0]! }))
      return undefined
    gradients.push({ dy, sum: sum! })
  }
  // A slope that nothing is derived by is read by something else.
  const isWhole = gradients.length > 0 || own.length === 1
  return isWhole && sameShape(y.outputs[0]!.shape, x.shape) ? { y, gradients } : undefined
}

/** The other factor of a product with a value. */
function factorBeside({ op, domain, inputs }: Node, value: Value): Value | undefined {
  if (op !== 'Mul' || domain !== '') return undefined
  const [a, b] = inputs as [Value, Value]
  return a === value ? b : b === value ? a : undefined
}

function isOneMinus({ op, domain, inputs }: Node, s: Value): boolean {
  return op === 'Sub' && domain === '' && uniformValue(inputs[0]) === 1 && inputs[1] === s
}

/** Whether a node is `dy * s + (dy * x) * slope`, whose first summand is known. */
function isDerivative(
  sum: Node | undefined,
  known: { x: Value; dy: Value; first: Node; slope: Value },
): boolean {
  if (sum?.op !== 'Add' || sum.domain !== '') return false
  const second = sum.inputs.find((input) => input !== known.first.outputs[0])?.node
  const product = second && factorBeside(second, known.slope)?.node
  return product !== undefined && factorBeside(product, known.x) === known.dy
}

function derivative({ x, y, dy, sum }: Gradient & { x: Value; y: Value }): Node[] {
  const builder = new OnnxBuilder({ inputs: [], outputs: [], nodes: [] })
  builder.scope = sum.scope
  builder.origin = sum.origin
  const s = builder.unary('Sigmoid', x)
  const rest = builder.mul(y, builder.sub(builder.scalar(1), s))
  const slope = builder.add(s, rest)
  const [output] = sum.outputs as [Value]
  output.node = { ...sum, op: 'Mul', inputs: [dy, slope] }
  return [...builder.graph.nodes, output.node]
}
