import {
  createValue,
  type Emit,
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
import { reducedAxes } from '../ops/reduced-axes.ts'
import { meaningOf } from './meaning.ts'

/** An image [batch, height, width, channels], as it is seen with its channels in groups: [batch, ...pixels, groups, channels of a group]. */
interface Grouped {
  readonly image: Value
  readonly groups: number
  readonly size: number
}

/**
 * Computes on images what is computed on their channels in groups, as group normalization does that is written by hand (Wu and He 2018): images stay as convolutions have them, and a number for each group is spread
 * over its channels, which are few. For captured graphs; reshapes that nobody reads any more are dead code afterwards.
 */
export function groupsAsChannels(graph: Graph): void {
  const seen = new Map<Value, Grouped>()
  const replacements = new Map<Value, Value>()
  graph.nodes = graph.nodes.flatMap((node) => {
    if (node.domain !== 'tfjs' || node.outputs.length !== 1) return [node]
    if (node.op === 'Reshape') return reshaped(node, seen, replacements)
    if (node.op === 'Sum' || node.op === 'Mean') return reduced(node, seen)
    return meaningOf(node) === undefined ? [node] : pointwise(node, seen)
  })
  replaceUses(graph, replacements)
}

function reshaped(
  node: Node,
  seen: Map<Value, Grouped>,
  replacements: Map<Value, Value>,
): readonly Node[] {
  const [x] = node.inputs as [Value]
  const [output] = node.outputs as [Value]
  const image = seen.get(x)?.image
  if (image !== undefined) {
    if (!sameShape(image.shape, output.shape)) return [node]
    replacements.set(output, image)
    return []
  }
  const found = groupsOf(x, output)
  if (found !== undefined) seen.set(output, found)
  return [node]
}

/** What a reshape of an image makes of it, where it parts channels and nothing else. */
function groupsOf(image: Value, { shape }: Value): Grouped | undefined {
  if (image.dtype !== 'float32' || !isStatic(image.shape) || !isStatic(shape)) return undefined
  if (image.shape.length !== 4 || shape.length < 4) return undefined
  const [batch, height, width, channels] = image.shape as readonly [number, number, number, number]
  const [first, ...rest] = shape as readonly number[]
  const [groups, size] = rest.slice(-2) as [number, number]
  const pixels = rest.slice(0, -2).reduce((product, each) => product * each, 1)
  const isParted = first === batch && pixels === height * width && groups * size === channels
  return isParted && pixels > 1 && groups > 1 && size > 1 ? { image, groups, size } : undefined
}

/** Number by number, on images. */
function pointwise(node: Node, seen: Map<Value, Grouped>): readonly Node[] {
  const [output] = node.outputs as [Value]
  const found = node.inputs.map((input) => seen.get(input!)).find((each) => each !== undefined)
  const isSame = ({ shape, dtype }: Value) => dtype === 'float32' && sameShape(shape, output.shape)
  if (found === undefined || !isSame(output)) return [node]
  const { groups, size } = found
  const nodes: Node[] = []
  const emit = emitter(nodes, node.scope)
  const inputs = node.inputs.map((input) => {
    const number = uniformValue(input)
    if (number !== undefined) return filled(number, [], input!.dtype)
    const own = seen.get(input!)
    if (own !== undefined) return isLike(own, found) && isSame(input!) ? own.image : undefined
    return spread(input!, output, found, emit)
  })
  if (inputs.includes(undefined)) return [node]
  const image = createValue(found.image.shape, 'float32')
  image.name = output.name
  image.node = { ...node, inputs, outputs: [image] }
  nodes.push(image.node)
  const shape = output.shape as readonly number[]
  output.node = emitted(nodes, emit('Reshape', { x: image }, shape, { shape }), output)
  seen.set(output, { image, groups, size })
  return nodes
}

/** Also their pixels, which may lie along one axis in groups. */
function isLike(one: Grouped, other: Grouped): boolean {
  return one.groups === other.groups && sameShape(one.image.shape, other.image.shape)
}

/** A number for each group, or for each channel, as it broadcasts on images; undefined for what differs between pixels. */
function spread(
  value: Value,
  { shape }: Value,
  { groups, size }: Grouped,
  emit: Emit,
): Value | undefined {
  const missing = shape.length - value.shape.length
  if (missing < 0 || !isStatic(value.shape)) return undefined
  const whole = [...Array<number>(missing).fill(1), ...(value.shape as readonly number[])]
  const [batch, own, each] = [whole[0]!, whole.at(-2)!, whole.at(-1)!]
  if (whole.slice(1, -2).some((pixels) => pixels !== 1)) return undefined
  const parted = [batch, own, each]
  const part = emit('Reshape', { x: value }, parted, { shape: parted })
  const reps = [1, groups / own, size / each]
  const all = emit('Tile', { x: part }, [batch, groups, size], { reps })
  const flat = [batch, 1, 1, groups * size]
  return emit('Reshape', { x: all }, flat, { shape: flat })
}

/** A sum or mean over all pixels and more: first over the pixels of each channel, then of what is left. */
function reduced(node: Node, seen: ReadonlyMap<Value, Grouped>): readonly Node[] {
  const [x] = node.inputs as [Value]
  const [output] = node.outputs as [Value]
  const found = seen.get(x)
  const rank = x.shape.length
  const axes = new Set(reducedAxes(node.attrs, rank))
  const isOver = (axis: number) => axes.has(axis)
  const pixels = Array.from({ length: rank - 3 }, (_, axis) => axis + 1)
  if (found === undefined || !pixels.every(isOver)) return [node]
  const { image, groups, size } = found
  const nodes: Node[] = []
  const emit = emitter(nodes, node.scope)
  const reduce = (from: Value, axis: readonly number[]) => {
    const left = from.shape.filter((_, each) => !axis.includes(each))
    return axis.length === 0 ? from : emit(node.op, { x: from }, left, { axis, keepDims: false })
  }
  const channels = reduce(image, isOver(0) ? [0, 1, 2] : [1, 2])
  const parted = [...channels.shape.slice(0, -1), groups, size]
  const parts = emit('Reshape', { x: channels }, parted, { shape: parted })
  const last = parted.length - 1
  const within = [rank - 2, rank - 1].filter(isOver).map((axis) => axis - rank + 1 + last)
  const shape = output.shape as readonly number[]
  const all = emit('Reshape', { x: reduce(parts, within) }, shape, { shape })
  output.node = emitted(nodes, all, output)
  return nodes
}

/** Lets the last node give a value that others read already. */
function emitted(nodes: Node[], last: Value, output: Value): Node {
  const node: Node = { ...last.node!, outputs: [output] }
  nodes[nodes.length - 1] = node
  return node
}
