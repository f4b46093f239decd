import { attrsKey } from '../ir/attrs-key.ts'
import {
  allocate,
  constant,
  constantData,
  countUses,
  createValue,
  type Graph,
  type Node,
  replaceUses,
  sameShape,
  type Value,
} from '../ir/index.ts'

/**
 * Makes convolutions of the parts of an image's channels, one after the other and put together again, one convolution in groups: TensorFlow.js has none, and ONNX has. A bias that is added
 * to all of them goes along. For lowered graphs whose constants are folded.
 */
export function mergeGroupConvolutions(graph: Graph): void {
  const uses = countUses(graph)
  const replacements = new Map<Value, Value>()
  const merged = new Map<Node, Node>()
  for (const node of graph.nodes) {
    const group = node.domain === '' && node.op === 'Concat' ? groupOf(node, uses) : undefined
    if (group !== undefined) merged.set(node, group)
  }
  if (merged.size === 0) return
  graph.nodes = graph.nodes.map((node) => merged.get(node) ?? node)
  for (const [node, group] of merged) replacements.set(node.outputs[0]!, group.outputs[0]!)
  replaceUses(graph, replacements)
  addBiases(graph)
}

/** The one convolution that does the work of those that a Concat puts together. */
function groupOf(concat: Node, uses: ReadonlyMap<Value, number>): Node | undefined {
  const parts = concat.inputs.map((input) => input?.node)
  const first = parts[0]
  const split = first?.inputs[0]?.node
  if (concat.attrs.axis !== 1 || parts.length < 2) return undefined
  if (split?.op !== 'Split' || split.domain !== '' || split.attrs.axis !== 1) return undefined
  if (split.outputs.length !== parts.length) return undefined
  const fits = parts.every(
    (part, index) =>
      part?.op === 'Conv' &&
      part.domain === '' &&
      (part.attrs.group ?? 1) === 1 &&
      part.inputs[0] === split.outputs[index] &&
      uses.get(part.outputs[0]!) === 1 &&
      attrsKey(part.attrs) === attrsKey(first!.attrs) &&
      part.inputs.length === first!.inputs.length &&
      part.inputs
        .slice(1)
        .every(
          (input, at) =>
            input !== undefined &&
            constantData(input) !== undefined &&
            sameShape(input.shape, first!.inputs[at + 1]!.shape),
        ),
  )
  if (!fits) return undefined
  const inputs = first!.inputs
    .slice(1)
    .map((_, at) => stack(parts.map((part) => part!.inputs[at + 1]!)))
  const output = concat.outputs[0]!
  const result = createValue(output.shape, output.dtype, { name: output.name })
  const node: Node = {
    ...first!,
    attrs: { ...first!.attrs, group: parts.length },
    inputs: [split.inputs[0], ...inputs],
    outputs: [result],
    scope: concat.scope,
  }
  result.node = node
  return node
}

/** Constants of one shape, one behind the other along their first axis. */
function stack(values: readonly Value[]): Value {
  const first = values[0]!
  const data = values.map((value) => constantData(value)!)
  const length = data[0]!.length
  const all = allocate(first.dtype, length * values.length)
  for (const [index, each] of data.entries())
    (all as Float32Array).set(each as Float32Array, index * length)
  return constant(
    all,
    [Number(first.shape[0]) * values.length, ...first.shape.slice(1)],
    first.dtype,
  )
}

/** Adds of a number for each channel behind a convolution in groups without a bias, which becomes its bias. */
function addBiases(graph: Graph): void {
  const uses = countUses(graph)
  const replacements = new Map<Value, Value>()
  const gone = new Set<Node>()
  for (const node of graph.nodes) {
    if (node.domain !== '' || node.op !== 'Add') continue
    const [a, b] = node.inputs as [Value, Value]
    const [conv, bias] = a.node?.op === 'Conv' ? [a.node, b] : [b.node, a]
    if (conv?.op !== 'Conv' || conv.domain !== '' || conv.inputs.length !== 2) continue
    const output = conv.outputs[0]!
    const channels = Number(conv.inputs[1]!.shape[0])
    const data = constantData(bias)
    const isAlongChannels =
      bias.shape.length >= output.shape.length - 1 &&
      bias.shape.at(-(output.shape.length - 1)) === channels
    if ((conv.attrs.group ?? 1) === 1 || uses.get(output) !== 1) continue
    if (data?.length !== channels || !isAlongChannels) continue
    conv.inputs.push(constant(data, [channels], bias.dtype))
    output.name ??= node.outputs[0]!.name
    replacements.set(node.outputs[0]!, output)
    gone.add(node)
  }
  graph.nodes = graph.nodes.filter((node) => !gone.has(node))
  replaceUses(graph, replacements)
}
