import { attrsKey } from '../ir/attrs-key.ts'
import {
  type Attrs,
  constant,
  createValue,
  type Emit,
  emitter,
  type Graph,
  kernelNode,
  type Node,
  readersOf,
  replaceUses,
  sameShape,
  type Value,
} from '../ir/index.ts'

/** Convolutions, or one of their derivatives, of the parts of an image's channels in their order. */
interface Groups {
  readonly nodes: readonly Node[]
  /** How many of them one convolution takes on. */
  readonly joined: number
  readonly inputs: number
  readonly outputs: number
}

/**
 * Computes convolutions in groups of few channels, as a ResNeXt's or RegNet's (Xie et al. 2017), by convolutions of as many groups as fill a block of channels: their filter holds those of the groups along its
 * diagonal and zeros elsewhere, which costs no more than channels that only fill up a block, and images stay in blocks. Both derivatives go along; that by the filter is cut out of the diagonal. An infinite number
 * or NaN of one group makes NaN of those that it shares a convolution with. For captured graphs.
 *
 * @param block channels of a block.
 */
export function joinNarrowGroups(graph: Graph, block: number): void {
  const joining = new Joining(graph, block)
  graph.nodes = graph.nodes.flatMap((node) => joining.rewrite(node))
  replaceUses(graph, joining.replacements)
}

class Joining {
  readonly replacements = new Map<Value, Value>()
  readonly #readers: ReadonlyMap<Value, readonly Node[]>
  readonly #returned: ReadonlySet<Value>
  readonly #block: number
  readonly #splits: { split: Node; joined: number; parts: readonly Value[] }[] = []
  readonly #filters: { filters: readonly Value[]; joined: number; diagonal: readonly Value[] }[] =
    []

  constructor(graph: Graph, block: number) {
    this.#readers = readersOf(graph)
    this.#returned = new Set(graph.outputs.map(({ value }) => value))
    this.#block = block
  }

  rewrite(node: Node): Node[] {
    if (node.domain !== 'tfjs') return [node]
    if (node.op === 'Concat') return this.#images(node) ?? [node]
    if (node.op === 'Conv2DBackpropFilter') return this.#filterGradients(node) ?? [node]
    return [node]
  }

  /** Results of convolutions, or derivatives by their images, that are put together again. */
  #images(concat: Node): Node[] | undefined {
    const output = concat.outputs[0]!
    const { axis } = concat.attrs
    if (axis !== 3 && axis !== -1) return undefined
    const nodes = concat.inputs.map((input) => input!.node)
    const isAlone = (value: Value) =>
      this.#readers.get(value)?.length === 1 && !this.#returned.has(value)
    if (!nodes.every((each) => each !== undefined && isAlone(each.outputs[0]!))) return undefined
    const first = nodes[0]!
    if (first.op !== 'Conv2D' && first.op !== 'Conv2DBackpropInput') return undefined
    const image = first.op === 'Conv2D' ? 'x' : 'dy'
    const groups = this.#groups(nodes as Node[], [image], input(first, 'filter')?.shape)
    if (groups === undefined) return undefined
    const added: Node[] = []
    const emit = emitter(added, concat.scope)
    const images = this.#parts(input(first, image)!.node!, groups.joined, added)
    const filters = this.#diagonal(groups, emit)
    const channels = Number(first.outputs[0]!.shape[3]) * groups.joined
    const shape = [...first.outputs[0]!.shape.slice(0, 3), channels]
    const attrs: Attrs =
      first.op === 'Conv2D' ? first.attrs : { ...first.attrs, inputShape: shape as never }
    const results = filters.map((filter, index) =>
      emit(first.op, { [image]: images[index]!, filter }, shape, attrs),
    )
    const result = results.length === 1 ? results[0]! : together(emit, results, output.shape, 3)
    result.name ??= output.name
    this.replacements.set(output, result)
    return added
  }

  /** Derivatives by filters, all of them where the first comes: who reads one may come before the next. */
  #filterGradients(node: Node): Node[] | undefined {
    if (this.replacements.has(node.outputs[0]!)) return []
    const x = input(node, 'x')!
    const siblings = x.node?.outputs.map((part) =>
      this.#readers.get(part)?.find((each) => each.op === node.op && input(each, 'x') === part),
    )
    if (!siblings?.includes(node) || siblings.includes(undefined)) return undefined
    const nodes = siblings as Node[]
    const filterShape = node.outputs[0]!.shape
    const groups = this.#groups(nodes, ['x', 'dy'], filterShape)
    if (groups === undefined) return undefined
    const { joined, inputs, outputs } = groups
    const added: Node[] = []
    const emit = emitter(added, node.scope)
    const images = this.#parts(x.node!, joined, added)
    const gradients = this.#parts(input(node, 'dy')!.node!, joined, added)
    const kernel = filterShape.slice(0, 2)
    const wide = [...kernel, joined * inputs, joined * outputs]
    for (const [index, image] of images.entries()) {
      const operands = { x: image, dy: gradients[index]! }
      const all = emit(node.op, operands, wide, { ...node.attrs, filterShape: wide as never })
      for (let at = 0; at < joined; at++) {
        const begin = [0, 0, at * inputs, at * outputs]
        const own = emit('Slice', { x: all }, filterShape, { begin, size: filterShape as never })
        const former = nodes[index * joined + at]!.outputs[0]!
        own.name ??= former.name
        this.replacements.set(former, own)
      }
    }
    return added
  }

  /** What the nodes are groups of, where they are alike, take all parts of one tensor in their order, and several fill a block. */
  #groups(
    nodes: readonly Node[],
    images: readonly string[],
    filterShape: Value['shape'] | undefined,
  ): Groups | undefined {
    const first = nodes[0]!
    if (filterShape?.length !== 4) return undefined
    const [inputs, outputs] = filterShape.slice(2).map(Number) as [number, number]
    const isAlike = nodes.every(
      (node) =>
        node.domain === 'tfjs' &&
        node.op === first.op &&
        attrsKey(node.attrs) === attrsKey(first.attrs) &&
        node.inputs.every((each, at) => each && sameShape(each.shape, first.inputs[at]!.shape)),
    )
    const isSplit = images.every((name) => {
      const split = input(first, name)?.node
      const isWhole = split?.op === 'SplitV' && split.outputs.length === nodes.length
      const isAlongChannels = split?.attrs.axis === 3 || split?.attrs.axis === -1
      const inOrder = nodes.every((node, index) => input(node, name) === split?.outputs[index])
      return isWhole && isAlongChannels && inOrder
    })
    if (!isAlike || !isSplit) return undefined
    const most = Math.floor(this.#block / Math.max(inputs, outputs))
    const joined = largestDivisor(nodes.length, most)
    return joined < 2 ? undefined : { nodes, joined, inputs, outputs }
  }

  /** An image that is split, in parts of several groups each. */
  #parts(split: Node, joined: number, added: Node[]): readonly Value[] {
    const known = this.#splits.find((each) => each.split === split && each.joined === joined)
    if (known !== undefined) return known.parts
    const x = split.inputs[0]!
    const count = split.outputs.length / joined
    const part = split.outputs[0]!
    const size = Number(part.shape[3]) * joined
    const parts =
      count === 1
        ? [x]
        : Array.from({ length: count }, () =>
            createValue([...part.shape.slice(0, 3), size], part.dtype),
          )
    if (count > 1) {
      const attrs = { numOrSizeSplits: parts.map(() => size), axis: 3 }
      added.push(kernelNode('SplitV', { x }, parts, { attrs, scope: split.scope }))
    }
    this.#splits.push({ split, joined, parts })
    return parts
  }

  /** For each convolution, the filters of its groups along the diagonal. */
  #diagonal({ nodes, joined, inputs, outputs }: Groups, emit: Emit): readonly Value[] {
    const filters = nodes.map((node) => input(node, 'filter')!)
    const known = this.#filters.find(
      (each) =>
        each.joined === joined &&
        each.filters.length === filters.length &&
        each.filters.every((filter, index) => filter === filters[index]),
    )
    if (known !== undefined) return known.diagonal
    const kernel = filters[0]!.shape.slice(0, 2)
    const shape = [...kernel, joined * inputs, joined * outputs]
    const mask = diagonalMask(joined, inputs, outputs)
    const diagonal = Array.from({ length: nodes.length / joined }, (_, index) => {
      const own = filters.slice(index * joined, (index + 1) * joined)
      const tall = together(emit, own, [...shape.slice(0, 3), outputs], 2)
      const wide = emit('Tile', { x: tall }, shape, { reps: [1, 1, 1, joined] })
      return emit('Multiply', { a: wide, b: mask }, shape)
    })
    this.#filters.push({ filters, joined, diagonal })
    return diagonal
  }
}

function input(node: Node, name: string): Value | undefined {
  const at = node.inputNames?.indexOf(name) ?? -1
  return at < 0 ? undefined : node.inputs[at]
}

function together(emit: Emit, parts: readonly Value[], shape: Value['shape'], axis: number) {
  const named = Object.fromEntries(parts.map((part, index) => [`tensor${index}`, part]))
  return emit('Concat', named, shape, { axis })
}

/** Ones where the inputs and the outputs are of one group. */
function diagonalMask(groups: number, inputs: number, outputs: number): Value {
  const columns = groups * outputs
  const data = Float32Array.from({ length: groups * inputs * columns }, (_, at) =>
    Math.floor(Math.floor(at / columns) / inputs) === Math.floor((at % columns) / outputs) ? 1 : 0,
  )
  return constant(data, [groups * inputs, columns], 'float32')
}

function largestDivisor(count: number, most: number): number {
  for (let divisor = Math.min(count, most); divisor > 1; divisor--)
    if (count % divisor === 0) return divisor
  return 1
}
