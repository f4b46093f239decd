import {
  createValue,
  type Graph,
  type GraphOutput,
  kernelNode,
  type Node,
  namedInput,
  readersOf,
  type Value,
} from '../ir/index.ts'

/**
 * Takes the bias out of a convolution (or matrix product) whose output only goes into a batch norm in training: the batch norm subtracts the
 * mean, and the bias with it. What else reads the mean, the moving average, gets the bias added back to a vector instead of a whole image.
 * For captured graphs, after the moments were fused.
 */
export function moveBiasPastBatchNorm(graph: Graph): void {
  const readers = readersOf(graph)
  const outputs = new Set(graph.outputs.map(({ value }) => value))
  const additions = new Map<Node, Addition>()
  graph.nodes = graph.nodes.map((node) => {
    const value = node.outputs[0]!
    const bias = biasOf(node)
    if (bias === undefined || outputs.has(value)) return node
    const users = readers.get(value) ?? []
    const moments = users.find(({ op }) => op === 'Moments')
    if (moments === undefined || !users.every(({ op }) => SUBTRACTS_MEAN.has(op))) return node
    const mean = moments.outputs[0]!
    // Only batch norms of this very tensor may go without the bias.
    const isOwn = users.every((user) => user === moments || namedInput(user, 'mean') === mean)
    if (!isOwn) return node
    const others = (readers.get(mean) ?? []).filter((user) => !users.includes(user))
    const results = graph.outputs.filter((output) => output.value === mean)
    additions.set(moments, { bias, others, results })
    return withoutBias(node)
  })
  graph.nodes = graph.nodes.flatMap((node) => [node, ...addedBack(node, additions.get(node))])
}

const SUBTRACTS_MEAN = new Set(['Moments', 'FusedBatchNorm', 'FusedBatchNormGrad'])

interface Addition {
  readonly bias: Value
  /** What reads the mean beside the batch norms. */
  readonly others: readonly Node[]
  readonly results: readonly GraphOutput[]
}

function biasOf(node: Node): Value | undefined {
  const isLinear = node.attrs.activation === undefined || node.attrs.activation === 'linear'
  return node.domain === 'tfjs' && isLinear && node.op === 'FusedConv2D'
    ? namedInput(node, 'bias')
    : undefined
}

function withoutBias(node: Node): Node {
  const at = node.inputNames.indexOf('bias')
  const copy: Node = {
    ...node,
    inputNames: node.inputNames.toSpliced(at, 1),
    inputs: node.inputs.toSpliced(at, 1),
  }
  for (const output of copy.outputs) output.node = copy
  return copy
}

/** mean + bias for the readers that want the mean of what the convolution used to give. */
function addedBack(moments: Node, addition: Addition | undefined): Node[] {
  if (addition === undefined) return []
  const { bias, others, results } = addition
  if (others.length === 0 && results.length === 0) return []
  const mean = moments.outputs[0]!
  const sum = createValue(mean.shape, mean.dtype)
  const node = kernelNode('Add', { a: mean, b: bias }, [sum], { scope: moments.scope })
  for (const output of results) output.value = sum
  for (const other of others) {
    other.inputs = other.inputs.map((input) => (input === mean ? sum : input))
  }
  return [node]
}
