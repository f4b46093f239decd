import { ConfigError, closest } from '@ashlar/errors'
import { isGraph, type OnnxFile, type OnnxGraph, type OnnxNode } from '../file/graph.ts'

/** The nodes that some values are made of, in the order of the file. */
export function neededNodes(graph: OnnxGraph, outputs: readonly string[]): OnnxNode[] {
  const needed = new Set(outputs)
  const kept: OnnxNode[] = []
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => name !== '' && needed.has(name))) continue
    kept.push(node)
    for (const name of takenBy(node)) needed.add(name)
  }
  return kept.reverse()
}

/** All names that a node reads, those that its graphs read of the graph around them included. */
export function takenBy(node: OnnxNode): string[] {
  const names = node.inputs.filter((name) => name !== '')
  for (const value of node.attributes.values()) if (isGraph(value)) names.push(...freeNames(value))
  return names
}

/** What a graph takes of the graph around it. */
export function freeNames(graph: OnnxGraph): string[] {
  const own = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()])
  for (const node of graph.nodes) for (const name of node.outputs) own.add(name)
  const taken = [...graph.nodes.flatMap(takenBy), ...graph.outputs.map(({ name }) => name)]
  return [...new Set(taken.filter((name) => !own.has(name)))]
}

/**
 * The name of the value that a network is cut at: the output of a layer or node, or a value.
 *
 * @param at a name, or the place of a node; below 0 from the end.
 * @param layerOf paths of layers by the nodes that have weights in them.
 * @throws ConfigError that names the closest.
 */
export function findCut(
  { path, graph }: OnnxFile,
  at: string | number,
  layerOf: ReadonlyMap<OnnxNode, string>,
): string {
  const { nodes } = graph
  if (typeof at === 'number') {
    const node = nodes.at(at)
    if (node !== undefined) return node.outputs[0]!
    throw new ConfigError({
      where: path,
      expected: `a cut must be at a node from 0 to ${nodes.length - 1}`,
      given: at,
    })
  }
  if (nodes.some(({ outputs }) => outputs.includes(at))) return at
  const named = nodes.find(({ name }) => name === at)
  if (named !== undefined) return named.outputs[0]!
  // The last node of a layer, or of the layers inside it.
  const within = nodes.filter((node) => {
    const layer = layerOf.get(node)
    return layer !== undefined && (layer === at || layer.startsWith(`${at}.`))
  })
  if (within.length > 0) return behind(nodes, within.at(-1)!.outputs[0]!, layerOf)
  const layers = [...new Set([...layerOf.values()].flatMap(prefixes))]
  const names = [
    ...layers,
    ...nodes.map(({ name }) => name),
    ...nodes.flatMap(({ outputs }) => outputs),
  ]
  const near = [...new Set([closest(at, layers), closest(at, names)])].filter(
    (each) => each !== undefined,
  )
  throw new ConfigError({
    where: path,
    expected: `the network must have a layer, node or value of the name that it is cut at`,
    given: at,
    hint:
      near.length > 0
        ? `Did you mean ${near.map((each) => JSON.stringify(each)).join(' or ')}? \`ashlar summary\` lists all of them.`
        : `Layers are ${layers.slice(0, 12).join(', ')}${layers.length > 12 ? ', ...' : ''}. \`ashlar summary\` lists all of them.`,
  })
}

/** Operators that still belong to the layer before them: its activation, and the sum that ends a residual block. */
const ENDINGS: ReadonlySet<string> = new Set([
  ...['Add', 'Clip', 'Elu', 'Gelu', 'HardSwish', 'LeakyRelu', 'Mish', 'Mul', 'PRelu', 'Relu'],
  ...['Selu', 'Sigmoid', 'Softplus', 'Swish', 'Tanh'],
])

/** The value behind what ends a layer. */
function behind(
  nodes: readonly OnnxNode[],
  value: string,
  layerOf: ReadonlyMap<OnnxNode, string>,
): string {
  const users = nodes.filter((node) => node.inputs.includes(value))
  // A gate, such as x * sigmoid(x), takes its input twice.
  const [first, second] = users
  const gate = users.length === 2 ? second : users.length === 1 ? first : undefined
  if (gate === undefined || layerOf.has(gate) || !ENDINGS.has(gate.op)) return value
  if (users.length === 2 && !(ENDINGS.has(first!.op) && gate.inputs.includes(first!.outputs[0]!)))
    return value
  return behind(nodes, gate.outputs[0]!, layerOf)
}

/** A path and those of what it lies in: `block`, `block.conv`. */
function prefixes(path: string): string[] {
  const parts = path.split('.')
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'))
}
