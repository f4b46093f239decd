import {
  createValue,
  type Graph,
  type Node,
  replaceUses,
  type Shape,
  sameDim,
  sameShape,
  type Value,
} from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'

/** Ops of ONNX that treat each element alike, wherever it stands. */
const ELEMENTWISE = new Set([
  'Add',
  'Sub',
  'Mul',
  'Div',
  'Neg',
  'Exp',
  'Reciprocal',
  'Relu',
  'Sigmoid',
  'Tanh',
  'LeakyRelu',
])

/**
 * Moves reshapes that only add axes of one behind elementwise ops, where they meet the reshape that takes these axes away again: between the matrix
 * products that convolutions over single pixels are, none is left. A layer's name goes to the tensor that is left. For lowered graphs.
 */
export function sinkReshapes(graph: Graph): void {
  const nodes: Node[] = []
  const builder = new OnnxBuilder({ ...graph, nodes })
  const replacements = new Map<Value, Value>()
  for (const node of graph.nodes) {
    node.inputs = node.inputs.map((input) => input && (replacements.get(input) ?? input))
    if (node.domain === '' && node.op === 'Reshape') {
      const source = sourceOf(node.inputs[0]!)
      if (source !== undefined) {
        const output = node.outputs[0]!
        if (sameShape(source.shape, output.shape)) replacements.set(output, source)
        else if (isPlain(output.shape)) node.inputs[0] = source
      }
      nodes.push(node)
      continue
    }
    const flat = node.domain === '' && ELEMENTWISE.has(node.op) ? flatShape(node) : undefined
    if (flat === undefined) {
      nodes.push(node)
      continue
    }
    builder.scope = node.scope
    builder.origin = node.origin
    const output = node.outputs[0]!
    const result = createValue(flat, output.dtype, { name: output.name })
    const inputs = node.inputs.map((input) =>
      sameShape(input!.shape, output.shape)
        ? (sourceOf(input!, flat) ?? builder.reshape(input!, flat))
        : input,
    )
    const flatNode: Node = { ...node, inputs, outputs: [result] }
    result.node = flatNode
    nodes.push(flatNode)
    replacements.set(output, builder.reshape(result, output.shape))
  }
  graph.nodes = nodes
  replaceUses(graph, replacements)
}

/** What a reshape that adds axes of one was given; it takes the name. */
function sourceOf(value: Value, shape?: Shape): Value | undefined {
  const { node } = value
  if (node?.domain !== '' || node.op !== 'Reshape') return undefined
  const source = node.inputs[0]!
  const fits = shape === undefined || sameShape(source.shape, shape)
  if (!fits || !addsOnes(source.shape, value.shape)) return undefined
  if (source.node !== undefined) source.name ??= value.name
  return source
}

/** One size that varies at most: the target of a reshape then names it by -1, whatever is reshaped. */
function isPlain(shape: Shape): boolean {
  return shape.filter((size) => typeof size !== 'number').length <= 1
}

function addsOnes(before: Shape, after: Shape): boolean {
  const sizes = after.filter((size) => size !== 1)
  const given = before.filter((size) => size !== 1)
  return (
    before.length < after.length &&
    sizes.length === given.length &&
    sizes.every((size, axis) => sameDim(size, given[axis]!))
  )
}

/** The shape without the axes of one, where an input has it and all others are of one number or of full shape. */
function flatShape({ inputs, outputs }: Node): Shape | undefined {
  const { shape } = outputs[0]!
  const whole = inputs.filter((input) => input !== undefined && sameShape(input.shape, shape))
  const areFine = inputs.every(
    (input) => input !== undefined && (whole.includes(input) || input.shape.length === 0),
  )
  if (!areFine || !isPlain(shape)) return undefined
  return whole.map((input) => sourceOf(input!)?.shape).find((each) => each !== undefined)
}
