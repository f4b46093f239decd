import {
  createValue,
  emitter,
  filled,
  type Graph,
  isKernel,
  kernelNode,
  type Node,
  namedInput,
  replaceUses,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'

/**
 * Cross-entropies of class indices in few passes over the logits, which are the largest of all tensors where there are many classes. For captured graphs of training steps; what is replaced is
 * dead code afterwards.
 *
 * x - max(x) - log(sum(exp(x - max(x)))) is one `LogSoftmax`. Its sum with one-hot rows is what each row has at its own class, and the derivative by the logits is the
 * probabilities times a number for each row, which is added to the place of the class. A class whose logit is minus infinity makes no difference to the loss of others then, as in PyTorch; one-hot rows make it NaN, the
 * gradients are the same.
 */
export function pickOwnClasses(graph: Graph): void {
  joinLogSoftmax(graph)
  graph.nodes = graph.nodes.flatMap((node) => pickedSum(node) ?? gradient(node) ?? [node])
}

function joinLogSoftmax(graph: Graph): void {
  const replacements = new Map<Value, Value>()
  graph.nodes = graph.nodes.map((node) => {
    const logits = logitsOf(node)
    if (logits === undefined) return node
    const [given] = node.outputs as [Value]
    const output = createValue(given.shape, given.dtype)
    replacements.set(given, output)
    return kernelNode('LogSoftmax', { logits }, [output], {
      attrs: { axis: -1 },
      scope: node.scope,
    })
  })
  replaceUses(graph, replacements)
}

/** x, of x - max(x) - log(sum(exp(x - max(x)))). */
function logitsOf(node: Node): Value | undefined {
  if (!isKernel(node, 'Sub')) return undefined
  const [shifted, rest] = node.inputs as [Value, Value]
  if (!isKernel(shifted.node, 'Sub') || !isColumnOf(rest, shifted)) return undefined
  const [x, most] = shifted.node.inputs as [Value, Value]
  if (x.dtype !== 'float32' || !sameShape(x.shape, shifted.shape)) return undefined
  if (!isColumnOf(most, x) || overLastAxis(behindReshapes(most), 'Max') !== x) return undefined
  const log = behindReshapes(rest).node
  if (!isKernel(log, 'Log')) return undefined
  const powers = overLastAxis(behindReshapes(log.inputs[0]!), 'Sum')
  return isKernel(powers?.node, 'Exp') && powers.node.inputs[0] === shifted ? x : undefined
}

/** A sum of logarithms of probabilities times one-hot rows. */
function pickedSum(node: Node): Node[] | undefined {
  const product = overLastAxis(node.outputs[0]!, 'Sum')
  if (product === undefined || !isKernel(product.node, 'Multiply')) return undefined
  const [a, b] = product.node.inputs as [Value, Value]
  for (const [rows, x] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!isKernel(x.node, 'LogSoftmax') || !sameShape(rows.shape, x.shape)) continue
    const { scope } = node
    const nodes: Node[] = []
    const found = timesOneHot(rows, nodes, scope)
    if (found === undefined) continue
    const { classes, factors } = found
    const emit = emitter(nodes, scope)
    const shape = x.shape.slice(0, -1)
    const column = [...shape, 1]
    const picked = emit('OwnClass', { x, classes }, shape)
    const [a, output] = [
      emit('Reshape', { x: picked }, column, { shape: column }),
      node.outputs[0]!,
    ]
    const scaled = uniformValue(factors) === 1 ? a : emit('Multiply', { a, b: factors }, column)
    const attrs = { shape: output.shape }
    nodes.push(kernelNode('Reshape', { x: scaled }, [output], { attrs, scope }))
    return nodes
  }
  return undefined
}

/** dy - sum(dy) * exp(y), where dy is a number for each row at its own class, and y the logarithms of probabilities. */
function gradient(node: Node): Node[] | undefined {
  if (!isKernel(node, 'Sub')) return undefined
  const [dy, taken] = node.inputs as [Value, Value]
  if (!isKernel(taken.node, 'Multiply')) return undefined
  const [a, b] = taken.node.inputs as [Value, Value]
  for (const [sum, probabilities] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!isColumnOf(sum, probabilities) || !sameShape(dy.shape, probabilities.shape)) continue
    if (overLastAxis(behindReshapes(sum), 'Sum') !== dy) continue
    if (!isKernel(probabilities.node, 'Exp')) continue
    if (!isKernel(probabilities.node.inputs[0]!.node, 'LogSoftmax')) continue
    const nodes: Node[] = []
    const found = timesOneHot(dy, nodes, node.scope)
    if (found === undefined) continue
    const given = { probabilities, ...found }
    return [...nodes, kernelNode('OwnClassGradient', given, node.outputs, { scope: node.scope })]
  }
  return undefined
}

/** A captured kernel of a name. */

interface Scaled {
  /** Of each row. */
  readonly classes: Value
  /** [..., 1], or of a shape that becomes that. */
  readonly factors: Value
}

/** What one-hot rows are multiplied by, a number each. */
function timesOneHot(value: Value, nodes: Node[], scope: string): Scaled | undefined {
  const classes = oneHotOf(value)
  if (classes !== undefined) return { classes, factors: filled(1, [], 'float32') }
  const { node } = value
  if (isKernel(node, 'Neg')) {
    const found = timesOneHot(node.inputs[0]!, nodes, scope)
    if (found === undefined) return undefined
    const { factors } = found
    return { ...found, factors: emitter(nodes, scope)('Neg', { x: factors }, factors.shape) }
  }
  if (!isKernel(node, 'Multiply')) return undefined
  const [a, b] = node.inputs as [Value, Value]
  for (const [rows, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (!sameShape(rows.shape, value.shape)) continue
    const factors = ofRows(other, value)
    const found = factors && timesOneHot(rows, nodes, scope)
    if (found === undefined) continue
    if (uniformValue(found.factors) === 1) return { ...found, factors: factors! }
    const shape = factors!.shape.length > 0 ? factors!.shape : found.factors.shape
    if (found.factors.shape.length > 0 && !sameShape(found.factors.shape, shape)) continue
    const product = emitter(nodes, scope)('Multiply', { a: found.factors, b: factors! }, shape)
    return { ...found, factors: product }
  }
  return undefined
}

/** The numbers of a value that are the same along each of the rows of another. */
function ofRows(value: Value, rows: Value): Value | undefined {
  const number = uniformValue(value)
  if (number !== undefined) return filled(number, [], 'float32')
  if (value.shape.length === 0 || isColumnOf(value, rows)) return value
  if (!isKernel(value.node, 'Multiply')) return undefined
  // Of a sum's derivative tfjs makes rows by ones.
  const [a, b] = value.node.inputs as [Value, Value]
  if (uniformValue(b) === 1) return ofRows(a, rows)
  return uniformValue(a) === 1 ? ofRows(b, rows) : undefined
}

/** The classes of one-hot rows of ones and zeros. */
function oneHotOf(value: Value): Value | undefined {
  if (value.dtype !== 'float32') return undefined
  let { node } = value
  while (isKernel(node, 'Reshape') || isKernel(node, 'Cast')) node = node.inputs[0]!.node
  if (!isKernel(node, 'OneHot')) return undefined
  const { onValue = 1, offValue = 0, depth } = node.attrs as Readonly<Record<string, number>>
  const isPlain = onValue === 1 && offValue === 0 && typeof depth === 'number' && depth > 0
  return isPlain && value.shape.at(-1) === depth ? namedInput(node, 'indices') : undefined
}

/** What is reduced by this kernel over its last axis alone. */
function overLastAxis({ node }: Value, kernel: 'Max' | 'Sum'): Value | undefined {
  if (!isKernel(node, kernel)) return undefined
  const { axis, reductionIndices = axis } = node.attrs as Readonly<
    Record<string, number | readonly number[] | undefined>
  >
  const [x] = node.inputs as [Value]
  const axes = [reductionIndices].flat()
  const last = x.shape.length - 1
  return axes.length === 1 && (axes[0] === last || axes[0] === -1) ? x : undefined
}

/** Whether it has one number for each row. */
function isColumnOf({ shape }: Value, rows: Value): boolean {
  return rows.shape.length > 0 && sameShape(shape, [...rows.shape.slice(0, -1), 1])
}

function behindReshapes(value: Value): Value {
  const { node } = value
  const isReshaped = isKernel(node, 'Reshape') || isKernel(node, 'ExpandDims')
  return isReshaped ? behindReshapes(node.inputs[0]!) : value
}
