import {
  createValue,
  filled,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  readersOf,
  replaceUses,
  type Shape,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { isOnePixel } from '../lower/blocked-filter-gradient.ts'
import { isChannelsFirst } from '../lower/data-format.ts'
import { type WindowAttrs, windowOf } from '../lower/window.ts'

/**
 * Computes the statistics of a batch norm behind a convolution of one pixel that makes many channels of few from the covariance of the few, and its derivative from those of the
 * convolution; see ops/pointwise-moments.ts. The convolution's result then is written once, already normalised, where it went through memory five times, and the derivative by it is never
 * made. For captured graphs, after the bias was moved away.
 *
 * It asks for a convolution whose output goes nowhere but into one batch norm in training.
 *
 * @param block channels of a block; 16 where a processor multiplies twice as many numbers at once.
 */
export function usePointwiseMoments(graph: Graph, block: number): void {
  const readers = readersOf(graph)
  const results = new Set(graph.outputs.map(({ value }) => value))
  const replaced = new Map<Node, readonly Node[]>()
  const replacements = new Map<Value, Value>()
  for (const node of graph.nodes) {
    const found = pays(node, block) ? findExpansion(node, readers, results) : undefined
    if (found === undefined) continue
    const { nodes, values } = replacement(node, found)
    for (const [each, others] of nodes) replaced.set(each, others)
    for (const [from, to] of values) replacements.set(from, to)
  }
  if (replaced.size === 0) return
  graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node])
  replaceUses(graph, replacements)
}

/** Numbers of a pixel that go through memory in the time of one multiplication of squares of inputs, by the channels of a block. */
const SQUARES = { wide: 48, narrow: 16 } as const

/** Whether the products of the inputs with each other cost less than the passes over the outputs that they save. */
function pays(node: Node, block: number): boolean {
  if (node.domain !== 'tfjs' || (node.op !== 'Conv2D' && node.op !== 'FusedConv2D')) return false
  const [inputs, outputs] = namedInput(node, 'filter')!.shape.slice(-2) as [number, number]
  const squares = block >= 16 ? SQUARES.wide : SQUARES.narrow
  return outputs >= 1.5 * inputs + (inputs * inputs) / squares
}

interface Expansion {
  readonly moments: Node
  readonly batchNorm: Node
  readonly gradient: Node
  readonly byFilter: Node
  readonly byInput: Node | undefined
}

function findExpansion(
  node: Node,
  readers: ReadonlyMap<Value, readonly Node[]>,
  results: ReadonlySet<Value>,
): Expansion | undefined {
  const [output] = node.outputs as [Value]
  if (results.has(output) || !isPointwise(node)) return undefined
  const users = readers.get(output) ?? []
  const only = (op: string, among: readonly Node[] = users) => {
    const found = among.filter((user) => user.op === op && user.domain === 'tfjs')
    return found.length === 1 ? found[0] : undefined
  }
  const moments = only('Moments')
  const batchNorm = only('FusedBatchNorm')
  const gradient = only('FusedBatchNormGrad')
  if (!moments || !batchNorm || !gradient || users.length !== 3) return undefined
  const isOwn = [batchNorm, gradient].every(
    (user) =>
      namedInput(user, 'x') === output &&
      namedInput(user, 'mean') === moments.outputs[0] &&
      namedInput(user, 'variance') === moments.outputs[1],
  )
  const [dx] = gradient.outputs as [Value]
  if (!isOwn || namedInput(gradient, 'dy') === output || results.has(dx)) return undefined
  const gradientUsers = readers.get(dx) ?? []
  const byFilter = only('Conv2DBackpropFilter', gradientUsers)
  const byInput = only('Conv2DBackpropInput', gradientUsers)
  const isWhole = gradientUsers.length === (byInput === undefined ? 1 : 2)
  const isOfThese =
    byFilter !== undefined &&
    namedInput(byFilter, 'x') === namedInput(node, 'x') &&
    namedInput(byFilter, 'dy') === dx &&
    (byInput === undefined ||
      (namedInput(byInput, 'dy') === dx &&
        namedInput(byInput, 'filter') === namedInput(node, 'filter')))
  return isWhole && isOfThese ? { moments, batchNorm, gradient, byFilter, byInput } : undefined
}

/** Whether a convolution sees each pixel by itself, and adds nothing. */
function isPointwise(node: Node): boolean {
  const { shape } = namedInput(node, 'x')!
  const filter = namedInput(node, 'filter')!.shape
  const { activation } = node.attrs
  const isLinear = activation === undefined || activation === 'linear'
  if (!isLinear || namedInput(node, 'bias') !== undefined || isChannelsFirst(node.attrs))
    return false
  if (!isStatic(shape) || !isStatic(filter) || filter.slice(0, -2).some((size) => size !== 1))
    return false
  const window = windowOf(
    shape.slice(1, -1) as readonly number[],
    filter.slice(0, -2) as readonly number[],
    node.attrs as unknown as WindowAttrs,
  )
  return isOnePixel(window) && sameShape(window.input, window.output)
}

/** What takes the place of the nodes of one expansion. */
interface Replacement {
  readonly nodes: ReadonlyMap<Node, readonly Node[]>
  readonly values: readonly (readonly [from: Value, to: Value])[]
}

/** Appends kernels of any number of outputs. */
function maker({ scope }: Node, nodes: Node[]) {
  return (
    op: string,
    inputs: Readonly<Record<string, Value>>,
    shapes: readonly Shape[],
    attrs: Node['attrs'] = {},
  ) => {
    const outputs = shapes.map((shape) => createValue(shape, 'float32'))
    nodes.push(kernelNode(op, inputs, outputs, { attrs, scope }))
    return outputs
  }
}

/** The inputs of a node by their names, some of them others. */
function inputsOf(node: Node, others: Readonly<Record<string, Value>>): Record<string, Value> {
  const own = node.inputNames.map((name, at) => [name, node.inputs[at]!] as const)
  return { ...Object.fromEntries(own), ...others }
}

function replacement(node: Node, found: Expansion): Replacement {
  const { moments, batchNorm, gradient, byFilter, byInput } = found
  const [x, filter] = [namedInput(node, 'x')!, namedInput(node, 'filter')!]
  const shapeOf = ({ shape }: Value) => shape
  const inputs = filter.shape.at(-2)!
  const square = [1, 1, inputs, inputs] as number[]
  const count = Number(sizeOf(x.shape.slice(0, -1)))

  const first: Node[] = []
  const forward = maker(node, first)
  const [mean] = forward('ChannelMeans', { x }, [[inputs]]) as [Value]
  const [centred] = forward('CentredChannels', { x, mean }, [x.shape]) as [Value]
  const squareAttrs = { ...byFilter.attrs, filterShape: square }
  const pair = { x: centred, dy: centred }
  const [products] = forward(byFilter.op, pair, [square], squareAttrs) as [Value]
  const given = { centred, filter, products, mean }
  const { varianceEpsilon } = gradient.attrs
  const normAttrs = { count, varianceEpsilon }
  const statistics = forward('PointwiseMoments', given, moments.outputs.map(shapeOf), normAttrs)
  const [y] = forward(
    node.op,
    inputsOf(node, { x: centred }),
    [shapeOf(node.outputs[0]!)],
    node.attrs,
  ) as [Value]

  const second: Node[] = []
  const variance = statistics[1]!
  const zero = filled(0, variance.shape, 'float32')
  const normalInputs = inputsOf(batchNorm, { x: y, mean: zero, variance })
  const [normal] = maker(batchNorm, second)(
    batchNorm.op,
    normalInputs,
    [y.shape],
    batchNorm.attrs,
  ) as [Value]

  const third: Node[] = []
  const backward = maker(gradient, third)
  const [dy, scale] = [namedInput(gradient, 'dy')!, namedInput(gradient, 'scale')!]
  const [seen] = backward(byFilter.op, { x: centred, dy }, [filter.shape], byFilter.attrs) as [
    Value,
  ]
  const [dyMean] = backward('ChannelMeans', { x: dy }, [scale.shape]) as [Value]
  const [dFilter, dScale, dOffset, scaled, mixing, shift] = backward(
    'PointwiseBatchNormGrad',
    { filter, products, seen, dyMean, variance, scale },
    [filter.shape, scale.shape, scale.shape, filter.shape, square, [inputs]],
    normAttrs,
  ) as [Value, Value, Value, Value, Value, Value]
  const values: (readonly [Value, Value])[] = [
    ...moments.outputs.map((output, at) => [output, statistics[at]!] as const),
    [batchNorm.outputs[0]!, normal],
    [byFilter.outputs[0]!, dFilter],
    [gradient.outputs[1]!, dScale],
    [gradient.outputs[2]!, dOffset],
  ]
  const nodes = new Map<Node, readonly Node[]>([
    [node, first],
    [moments, []],
    [batchNorm, second],
    [gradient, third],
    [byFilter, []],
  ])
  if (byInput !== undefined) {
    const fourth: Node[] = []
    const through = maker(byInput, fourth)
    const attrs = { ...node.attrs, activation: 'linear' }
    const [mixed] = through(
      'FusedConv2D',
      { x: centred, filter: mixing, bias: shift },
      [x.shape],
      attrs,
    ) as [Value]
    const [own] = through(byInput.op, { dy, filter: scaled }, [x.shape], byInput.attrs) as [Value]
    const [sum] = through('Add', { a: own, b: mixed }, [x.shape]) as [Value]
    nodes.set(byInput, fourth)
    values.push([byInput.outputs[0]!, sum])
  }
  return { nodes, values }
}
