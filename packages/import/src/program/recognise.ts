import type { OnnxGraph, OnnxNode } from '../file/graph.ts'
import { takenBy } from './prepare.ts'

/** Nodes and what is known of the values between them. */
interface Wiring {
  /** The node that makes a value. */
  readonly maker: ReadonlyMap<string, OnnxNode>
  /** The nodes that take a value. */
  readonly users: ReadonlyMap<string, readonly OnnxNode[]>
  /** One number that is the same always; undefined for anything else. */
  number(name: string): number | undefined
  /** Whether a value is a vector of the file. */
  isVector(name: string): boolean
  /** The axes that a node works over. */
  axes(node: OnnxNode): readonly number[] | undefined
}

/** What some nodes are together: the node in their place, and the nodes that it stands for. */
interface Found {
  readonly node: OnnxNode
  readonly parts: readonly OnnxNode[]
}

/**
 * Writes down what exporters spell out as the operators that they mean: `x / 2 * (1 + erf(x / √2))` is Gelu, a mean taken off and a division by the deviation LayerNormalization. Those are computed with
 * the closed forms of their derivatives, in fewer passes over memory, and by one op in exported files.
 *
 * @param outputs of the nodes: they stay what they are.
 * @returns the nodes in their order, and of those that are new which nodes they stand for.
 */
export function recognise(
  graph: OnnxGraph,
  nodes: readonly OnnxNode[],
  outputs: readonly string[],
): { readonly nodes: OnnxNode[]; readonly parts: ReadonlyMap<OnnxNode, readonly OnnxNode[]> } {
  const wiring = wiringOf(graph, nodes)
  const parts = new Map<OnnxNode, readonly OnnxNode[]>()
  const standIns = new Map<OnnxNode, OnnxNode>()
  const gone = new Set<OnnxNode>()
  for (const node of nodes) {
    const found = node.op === 'Erf' ? gelu(node, wiring) : layerNorm(node, wiring)
    if (found === undefined || !isClosed(found, wiring, outputs)) continue
    if (found.parts.some((each) => gone.has(each))) continue
    for (const each of found.parts) gone.add(each)
    parts.set(found.node, found.parts)
    standIns.set(found.parts.at(-1)!, found.node)
  }
  const kept = nodes.flatMap((node) => {
    const standIn = standIns.get(node)
    if (standIn !== undefined) return [standIn]
    return gone.has(node) ? [] : [node]
  })
  return { nodes: kept, parts }
}

function wiringOf(graph: OnnxGraph, nodes: readonly OnnxNode[]): Wiring {
  const maker = new Map<string, OnnxNode>()
  const users = new Map<string, OnnxNode[]>()
  for (const node of nodes) {
    for (const name of node.outputs) maker.set(name, node)
    for (const name of takenBy(node)) users.set(name, [...(users.get(name) ?? []), node])
  }
  const numbers = (name: string): readonly number[] | undefined => {
    const data = graph.initializers.get(name)?.data
    if (data !== undefined) return data.length <= 8 ? Array.from(data as Float32Array, Number) : []
    const node = maker.get(name)
    // Exporters hand constants on.
    if (node?.op === 'Identity' || node?.op === 'Cast') return numbers(node.inputs[0]!)
    if (node?.op !== 'Constant') return undefined
    const value = node.attributes.get('value_float') ?? node.attributes.get('value_int')
    return typeof value === 'number' ? [value] : undefined
  }
  return {
    maker,
    users,
    number(name) {
      const found = numbers(name)
      return found?.length === 1 ? found[0] : undefined
    },
    isVector(name) {
      const node = maker.get(name)
      if (node?.op === 'Identity') return this.isVector(node.inputs[0]!)
      return graph.initializers.get(name)?.shape.length === 1
    },
    axes({ inputs, attributes }) {
      const given = attributes.get('axes')
      if (Array.isArray(given)) return given as number[]
      return inputs[1] === undefined ? undefined : numbers(inputs[1])
    },
  }
}

/** Whether nobody outside takes what is computed on the way. */
function isClosed({ parts }: Found, { users }: Wiring, outputs: readonly string[]): boolean {
  return parts
    .slice(0, -1)
    .every((part) =>
      part.outputs.every(
        (name) =>
          !outputs.includes(name) && (users.get(name) ?? []).every((user) => parts.includes(user)),
      ),
    )
}

const isNear = (value: number | undefined, wanted: number) =>
  value !== undefined && Math.abs(value - wanted) <= 1e-4 * wanted

/** The one node that takes a value; undefined for several. */
function userOf(value: string, { users }: Wiring): OnnxNode | undefined {
  const found = users.get(value)
  return found?.length === 1 ? found[0] : undefined
}

/** The other input of a node of two. */
function other(node: OnnxNode, name: string): string {
  return node.inputs[0] === name ? node.inputs[1]! : node.inputs[0]!
}

/** Erf of x / √2, one added, times x and a half in any order. */
function gelu(erf: OnnxNode, wiring: Wiring): Found | undefined {
  const { maker, number } = wiring
  const scaling = maker.get(erf.inputs[0]!)
  if (scaling === undefined) return undefined
  const [first, second] = scaling.inputs as [string, string]
  let x: string
  if (scaling.op === 'Div' && isNear(number(second), Math.SQRT2)) x = first
  else if (scaling.op === 'Mul' && isNear(number(second), Math.SQRT1_2)) x = first
  else if (scaling.op === 'Mul' && isNear(number(first), Math.SQRT1_2)) x = second
  else return undefined
  const plus = userOf(erf.outputs[0]!, wiring)
  if (plus?.op !== 'Add' || number(other(plus, erf.outputs[0]!)) !== 1) return undefined
  const parts = [scaling, erf, plus]
  let [hasInput, hasHalf] = [false, false]
  let value = plus.outputs[0]!
  while (!hasInput || !hasHalf) {
    const node = userOf(value, wiring)
    if (node === undefined) return undefined
    const factor = other(node, value)
    const making = maker.get(factor)
    if (node.op === 'Div' && node.inputs[0] === value && number(factor) === 2 && !hasHalf) {
      hasHalf = true
    } else if (node.op !== 'Mul') return undefined
    else if (factor === x && !hasInput) hasInput = true
    else if (number(factor) === 0.5 && !hasHalf) hasHalf = true
    else if (making !== undefined && !hasInput && !hasHalf && isHalf(making, x, wiring)) {
      ;[hasInput, hasHalf] = [true, true]
      parts.unshift(making)
    } else return undefined
    parts.push(node)
    value = node.outputs[0]!
  }
  return {
    node: {
      ...parts.at(-1)!,
      op: 'Gelu',
      domain: 'com.microsoft',
      inputs: [x],
      attributes: new Map(),
    },
    parts,
  }
}

/** Whether a node gives half of x. */
function isHalf({ op, inputs }: OnnxNode, x: string, { number }: Wiring): boolean {
  const [a, b] = inputs as [string, string]
  if (op === 'Div') return a === x && number(b) === 2
  return op === 'Mul' && ((a === x && number(b) === 0.5) || (b === x && number(a) === 0.5))
}

/** From the mean that is taken off to the scale and what is added. */
function layerNorm(mean: OnnxNode, wiring: Wiring): Found | undefined {
  const { users, number, axes } = wiring
  if (mean.op !== 'ReduceMean' || mean.attributes.get('keepdims') === 0) return undefined
  const over = axes(mean)
  if (over?.length !== 1 || over[0] !== -1) return undefined
  const x = mean.inputs[0]!
  const centring = userOf(mean.outputs[0]!, wiring)
  if (centring?.op !== 'Sub' || centring.inputs[0] !== x) return undefined
  const centred = centring.outputs[0]!
  const taking = users.get(centred) ?? []
  const squaring = taking.find(
    ({ op, inputs: [a, b] }) =>
      (op === 'Pow' && number(b!) === 2) || (op === 'Mul' && a === centred && b === centred),
  )
  const dividing = taking.find((node) => node.op === 'Div' && node.inputs[0] === centred)
  if (squaring === undefined || dividing === undefined) return undefined
  const variance = userOf(squaring.outputs[0]!, wiring)
  if (variance?.op !== 'ReduceMean' || axes(variance)?.join() !== over.join()) return undefined
  if (variance.attributes.get('keepdims') === 0) return undefined
  const plus = userOf(variance.outputs[0]!, wiring)
  const epsilon = plus && number(other(plus, variance.outputs[0]!))
  if (plus?.op !== 'Add' || epsilon === undefined) return undefined
  const root = userOf(plus.outputs[0]!, wiring)
  if (root?.op !== 'Sqrt' || dividing.inputs[1] !== root.outputs[0]) return undefined
  const scaling = userOf(dividing.outputs[0]!, wiring)
  if (scaling?.op !== 'Mul') return undefined
  const scale = other(scaling, dividing.outputs[0]!)
  const adding = userOf(scaling.outputs[0]!, wiring)
  const parts = [mean, centring, squaring, variance, plus, root, dividing, scaling]
  const inputs = [x, scale]
  if (!wiring.isVector(scale)) return undefined
  if (adding?.op === 'Add' && wiring.isVector(other(adding, scaling.outputs[0]!))) {
    parts.push(adding)
    inputs.push(other(adding, scaling.outputs[0]!))
  }
  const attributes = new Map([
    ['axis', -1],
    ['epsilon', epsilon],
  ])
  return {
    node: {
      ...{ ...parts.at(-1)!, op: 'LayerNormalization', domain: 'com.microsoft' },
      ...{ inputs, attributes },
    },
    parts,
  }
}
