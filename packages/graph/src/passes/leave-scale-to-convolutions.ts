import {
  createValue,
  type Emit,
  emitter,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  namedInput,
  readersOf,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'
import { letteredTensors } from './lettered-tensors.ts'

/**
 * Leaves the last factor of a batch norm's derivative, scale / deviation, to the convolution before the batch norm, which is linear in what it is given: its derivative by the input takes
 * the factor into the filter, that by the filter into its result. Both are smaller than the image, and without the factor the derivative is the given one plus one multiple of the input, a pass
 * over memory less. For captured graphs, after the biases before batch norms were dropped.
 */
export function leaveScaleToConvolutions(graph: Graph): void {
  const readers = readersOf(graph)
  const outputs = new Set(graph.outputs.map(({ value }) => value))
  const factors = new Map<Value, Value>()
  graph.nodes = graph.nodes.flatMap((node) => {
    const [dx] = node.outputs as [Value]
    if (node.domain === 'tfjs' && node.op === 'FusedBatchNormGrad') {
      const users = readers.get(dx) ?? []
      if (outputs.has(dx) || !pays(dx, users)) return [node]
      const slope = createValue(namedInput(node, 'scale')!.shape, dx.dtype)
      factors.set(dx, slope)
      return [withoutScale(node, slope)]
    }
    const factor = factorOf(node, factors)
    return factor === undefined ? [node] : scaled(node, factor)
  })
}

/** Whether all readers can take a factor of each channel elsewhere, and it is less work there. */
function pays(dx: Value, users: readonly Node[]): boolean {
  if (users.length === 0 || !isStatic(dx.shape)) return false
  const sizes = users.map((user) => {
    const reads = user.inputs.filter((input) => input === dx).length
    return reads === 1 && namedInput(user, 'dy') === dx ? scaledTensor(user)?.shape : undefined
  })
  if (!sizes.every((shape) => shape !== undefined && isStatic(shape))) return false
  const work = sizes.reduce((sum, shape) => sum + Number(sizeOf(shape!)), 0)
  return work < Number(sizeOf(dx.shape))
}

/** What a factor of each channel of `dy` goes into: an input or the output of a node. */
function scaledTensor(node: Node): Value | undefined {
  const axes = letteredTensors(node)?.axes
  if (axes?.factorOfDy === undefined) return undefined
  return axes.factorOfDy === 'result' ? node.outputs[0] : namedInput(node, axes.factorOfDy)
}

function factorOf(node: Node, factors: ReadonlyMap<Value, Value>): Value | undefined {
  const dy = node.domain === 'tfjs' ? namedInput(node, 'dy') : undefined
  return dy && factors.get(dy)
}

function withoutScale(node: Node, slope: Value): Node {
  const inputs = Object.fromEntries(node.inputNames.map((name, at) => [name, node.inputs[at]!]))
  const attrs = { ...node.attrs, leavesScale: true }
  return kernelNode(node.op, inputs, [...node.outputs, slope], { attrs, scope: node.scope })
}

function scaled(node: Node, slope: Value): Node[] {
  const nodes: Node[] = []
  const emit = emitter(nodes, node.scope)
  const axes = findKernel(node.op)!.channels!(node.attrs)!
  const letter = axes.inputs.dy!.at(-1)!
  if (axes.factorOfDy !== 'result') {
    const name = axes.factorOfDy!
    const tensor = namedInput(node, name)!
    const factor = along(slope, axes.inputs[name]!, letter, emit)
    const product = emit('Multiply', { a: tensor, b: factor }, tensor.shape)
    const inputs = node.inputs.map((input, at) => (node.inputNames[at] === name ? product : input))
    return [...nodes, placed({ ...node, inputs })]
  }
  const [output] = node.outputs as [Value]
  const partial = createValue(output.shape, output.dtype)
  const factor = along(slope, axes.outputs[0]!, letter, emit)
  const attrs = { scope: node.scope }
  const product = kernelNode('Multiply', { a: partial, b: factor }, [output], attrs)
  return [placed({ ...node, outputs: [partial] }), ...nodes, product]
}

function placed(node: Node): Node {
  for (const output of node.outputs) output.node = node
  return node
}

/** A vector as it multiplies a tensor whose last axes have these letters. */
function along(vector: Value, letters: string, letter: string, emit: Emit): Value {
  const after = letters.length - 1 - letters.lastIndexOf(letter)
  if (after === 0) return vector
  const shape = [...vector.shape, ...Array<number>(after).fill(1)]
  return emit('Reshape', { x: vector }, shape, { shape })
}
