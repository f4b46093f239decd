import {
  createValue,
  emitter,
  filled,
  type Graph,
  isStatic,
  type Node,
  replaceUses,
  sameShape,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { findKernel } from '../ops/registry.ts'
import { isImage, letteredTensors } from './lettered-tensors.ts'

/**
 * Moves reshapes of images, which leave the channels as they are, behind kernels for which only channels matter: layers over series reshape to the images that convolutions take and back
 * between any two of them, and what is reshaped so lies channels last. For captured graphs.
 */
export function sinkImageReshapes(graph: Graph): void {
  /** The images that values are reshapes of. */
  const images = new Map<Value, Value>()
  const replacements = new Map<Value, Value>()
  const made: Node[] = []
  /** Images that kernels gave for which only channels matter, of images as they were. */
  const kept = new Set<Value>()
  const isKnown = (value: Value) => kept.has(value) || comesAsImage(value)
  const imageOf = (value: Value) => images.get(value) ?? (isKnown(value) ? value : undefined)
  const sink = (node: Node, parts: ReadonlySet<Value>) => {
    const target = [...parts].map((part) => images.get(part)).find((image) => image !== undefined)
    if (target === undefined) {
      const areImages = node.inputs.some((input) => parts.has(input!) && isKnown(input!))
      if (areImages) for (const output of node.outputs) if (parts.has(output)) kept.add(output)
      return [node]
    }
    const nodes: Node[] = []
    const emit = emitter(nodes, node.scope)
    const inShape = (value: Value) => {
      const image = images.get(value) ?? value
      const { shape } = target
      return sameShape(image.shape, shape) ? image : emit('Reshape', { x: image }, shape, { shape })
    }
    const inputs = node.inputs.map((input) => {
      if (parts.has(input!)) return inShape(input!)
      // A number is one whatever its shape was.
      const number = isByNumber(node) ? uniformValue(input) : undefined
      return number === undefined ? input : filled(number, [], input!.dtype)
    })
    const back: Node[] = []
    const outputs = node.outputs.map((output) => {
      if (!parts.has(output)) return output
      const { dtype, name, shape } = output
      const image = createValue(target.shape, dtype, name === undefined ? {} : { name })
      const plain = emitter(back, node.scope)('Reshape', { x: image }, shape, { shape })
      images.set(plain, image)
      images.set(output, image)
      replacements.set(output, plain)
      return image
    })
    const moved: Node = { ...node, inputs, outputs }
    for (const output of outputs) output.node = moved
    return [...nodes, moved, ...back]
  }
  for (const node of graph.nodes) {
    if (node.domain === 'tfjs' && node.op === 'Reshape') {
      const [x] = node.inputs as [Value]
      const [output] = node.outputs as [Value]
      const image = imageOf(x)
      if (image !== undefined && image.shape.at(-1) === output.shape.at(-1)) {
        if (sameShape(image.shape, output.shape)) replacements.set(output, image)
        else node.inputs = [image]
        images.set(output, image)
      }
    }
    made.push(...sink(node, partsOf(node)))
  }
  graph.nodes = made
  replaceUses(graph, replacements)
}

/** Whether it comes of a kernel that takes images alone, such as a convolution. */
function comesAsImage(value: Value): boolean {
  const { node, shape } = value
  if (node?.domain !== 'tfjs' || shape.length !== 4 || !isStatic(shape)) return false
  const axes = findKernel(node.op)?.channels?.(node.attrs)
  const letters = axes?.outputs[node.outputs.indexOf(value)]
  return letters !== undefined && isImage(letters) && !axes!.anyPixels
}

function isByNumber({ domain, op }: Node): boolean {
  return domain === 'tfjs' && findKernel(op)?.exact?.of !== undefined
}

const NONE: ReadonlySet<Value> = new Set()

/** The tensors of a node whose axes before the channels may be any, all in the same way. */
function partsOf(node: Node): ReadonlySet<Value> {
  if (!isByNumber(node)) {
    const found = letteredTensors(node)
    if (!found?.axes.anyPixels) return NONE
    const images = found.tensors.filter(([, letters]) => isImage(letters))
    return new Set(images.map(([value]) => value))
  }
  const [output] = node.outputs as [Value]
  const parts = new Set([output])
  for (const input of node.inputs) {
    if (uniformValue(input) !== undefined) continue
    if (sameShape(input!.shape, output.shape)) parts.add(input!)
    else if (input!.shape.length > 1) return NONE
  }
  return parts
}
