import {
  createValue,
  emitter,
  filled,
  type Graph,
  isStatic,
  kernelNode,
  type Node,
  readersOf,
  sameShape,
  sizeOf,
  uniformValue,
  type Value,
} from '../ir/index.ts'
import { wholeBlocks } from '../lower/blocked-convolution.ts'
import { isImage, type LetteredTensors, letteredTensors } from './lettered-tensors.ts'
import { meaningOf } from './meaning.ts'

/** Images may grow by this much. */
const MOST_GROWTH = 4 / 3

/** Those of less than a block by this much: what is done to so few channels number by number takes several times as long, as the first convolution of a LeNet, of 6 channels. */
const MOST_GROWTH_TO_BLOCK = 3

/** For each channel; see `windowsWorthBlocking`. */
const FEWEST_PIXELS = 3

/**
 * Adds channels to images that are not whole blocks of channels, 24 of them becoming 32, where that lets convolutions be computed in blocks: images around them, often of many times as many
 * channels, else go from blocks to channels last and back. The added channels hold zeros, or numbers that nobody uses; where an image has an infinite number, a convolution makes NaN of it in
 * all channels rather than in some. For captured graphs of fixed shapes.
 *
 * @param block channels of a block.
 */
export function fillBlocks(graph: Graph, block: number): void {
  const chosen = new Images(graph, block).choose()
  if (chosen.size === 0) return
  const widening = new Widening(chosen, block)
  graph.nodes = graph.nodes.flatMap((node) => widening.rewrite(node))
}

const channelsOf = ({ shape }: Value) => shape.at(-1) as number

/** The tensors of a node that goes along by its channels. */
function channelTensors(node: Node): LetteredTensors | undefined {
  const found = letteredTensors(node)
  const isWhole = found?.axes.needs?.every((name) => node.inputNames.includes(name)) ?? true
  return isWhole ? found : undefined
}

/** Chooses which images get channels: as many as can, all that a kernel needs together or none of them. */
class Images {
  readonly #graph: Graph
  readonly #block: number
  readonly #chosen: Set<Value>
  readonly #readers: ReadonlyMap<Value, readonly Node[]>

  constructor(graph: Graph, block: number) {
    this.#graph = graph
    this.#block = block
    this.#readers = readersOf(graph)
    const results = new Set(graph.outputs.map(({ value }) => value))
    this.#chosen = new Set(
      graph.nodes
        .flatMap(({ outputs }) => outputs)
        .filter((value) => this.#readers.has(value) && !results.has(value) && this.#mayGrow(value)),
    )
  }

  /** Those chosen, with the number in the channels that are added. */
  choose(): ReadonlyMap<Value, number> {
    const added = new Map<Value, number>()
    let suspects: readonly Node[] = this.#graph.nodes
    while (this.#chosen.size > 0 && suspects.length > 0) {
      this.#dropUnfit(suspects)
      added.clear()
      suspects = this.#dropInfinite(added)
    }
    return added
  }

  #mayGrow({ shape, dtype }: Value): boolean {
    if (!isStatic(shape) || shape.length !== 4) return false
    if (dtype !== 'float32' && dtype !== 'bool') return false
    const [channels, height, width] = [shape.at(-1), shape[1], shape[2]] as [number, number, number]
    // A number for each channel, such as a gate.
    if (height * width === 1) return false
    // Of fewer pixels, convolutions are not computed in blocks.
    if (Number(sizeOf(shape)) < FEWEST_PIXELS * channels * channels) return false
    const most = channels < this.#block ? MOST_GROWTH_TO_BLOCK : MOST_GROWTH
    const isPart = channels % this.#block !== 0
    return isPart && wholeBlocks(channels, this.#block) <= most * channels
  }

  /** Drops what does not fit at some nodes, and what does not fit without that. */
  #dropUnfit(nodes: readonly Node[]): void {
    const open = [...nodes]
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      const touched = [...node.inputs, ...node.outputs].filter(
        (value): value is Value => value !== undefined && this.#chosen.has(value),
      )
      if (touched.length === 0) continue
      for (const value of this.#unfit(node, touched)) open.push(...this.#drop(value))
    }
  }

  /** The nodes around a value that is dropped. */
  #drop(value: Value): readonly Node[] {
    if (!this.#chosen.delete(value)) return []
    const readers = this.#readers.get(value) ?? []
    return value.node === undefined ? readers : [value.node, ...readers]
  }

  #unfit(node: Node, touched: readonly Value[]): readonly Value[] {
    const found = channelTensors(node)
    if (found === undefined) return this.#takesAlong(node) ? [] : touched
    const images = found.tensors.filter(([, letters]) => isImage(letters))
    const unfit = touched.filter((value) => !images.some(([image]) => image === value))
    const isWide = (letter: string) =>
      images.every(([image, letters]) => letters.at(-1) !== letter || this.#chosen.has(image))
    for (const [image, letters] of images) {
      if (this.#chosen.has(image) && !isWide(letters.at(-1)!)) unfit.push(image)
    }
    // Its result is worth it only where it is computed in blocks.
    const isBlocked = images.every(([image, letters]) => {
      const channels = channelsOf(image)
      return isWide(letters.at(-1)!) || channels % this.#block === 0 || channels < this.#block
    })
    return isBlocked ? unfit : [...unfit, ...node.outputs]
  }

  /** Whether a kernel that works number by number can do so on the channels that are added. */
  #takesAlong(node: Node): boolean {
    const [output] = node.outputs as [Value]
    return (
      meaningOf(node) !== undefined &&
      this.#chosen.has(output) &&
      node.inputs.every((input) => {
        if (this.#chosen.has(input!)) return sameShape(input!.shape, output.shape)
        return uniformValue(input) !== undefined || isVector(input!, output)
      })
    )
  }

  /** Nodes around what is dropped: of numbers that are none, nothing comes by multiplying with zero. */
  #dropInfinite(added: Map<Value, number>): Node[] {
    const around: Node[] = []
    for (const node of this.#graph.nodes) {
      const [output] = node.outputs as [Value]
      if (!this.#chosen.has(output)) continue
      const number = addedNumber(node, (input) => added.get(input) ?? uniformValue(input) ?? 0)
      added.set(output, number)
      if (!Number.isFinite(number)) around.push(...this.#drop(output))
    }
    return around
  }
}

/** What a node gives in the channels that are added, by what it is given there. */
function addedNumber(node: Node, numberOf: (input: Value) => number): number {
  const numbers = node.inputs.map((input) => numberOf(input!))
  const axes = channelTensors(node)?.axes
  // As float32, which is what it is computed in: it ends before doubles do.
  if (axes === undefined) return Math.fround(meaningOf(node)!(...numbers))
  if (axes.added === 'given') return numbers[0]!
  return axes.added === 'zero of zero' && numbers[0] !== 0 ? Number.NaN : 0
}

/** A number for each channel, or for each channel of each image. */
function isVector({ shape, dtype }: Value, image: Value): boolean {
  const before = shape.slice(0, -1)
  const isOfEach = shape.length === image.shape.length && shape[0] === image.shape[0]
  return (
    dtype === 'float32' &&
    shape.at(-1) === channelsOf(image) &&
    (isOfEach ? before.slice(1) : before).every((size) => size === 1)
  )
}

class Widening {
  readonly #chosen: ReadonlyMap<Value, number>
  readonly #block: number
  /** Images, and results for each channel that are zero there, with the channels that were added. */
  readonly #wide = new Map<Value, Value>()
  readonly #parameters = new Map<string, Value>()

  constructor(chosen: ReadonlyMap<Value, number>, block: number) {
    this.#chosen = chosen
    this.#block = block
  }

  rewrite(node: Node): Node[] {
    const isTouched = [...node.inputs, ...node.outputs].some(
      (value) => value !== undefined && this.#chosen.has(value),
    )
    if (!isTouched) return [node]
    const found = channelTensors(node)
    return found === undefined ? this.#everyNumber(node) : this.#byChannels(node, found)
  }

  #everyNumber(node: Node): Node[] {
    const made: Node[] = []
    const [output] = node.outputs as [Value]
    const channels = channelsOf(output)
    const hasImage = node.inputs.some((input) => this.#chosen.has(input!))
    const inputs = node.inputs.map((input) => {
      if (this.#chosen.has(input!)) return this.#wide.get(input!)!
      const { shape, dtype } = input!
      const last = shape.at(-1) === channels ? [shape.length - 1] : []
      const number = uniformValue(input)
      if (number === undefined) return this.#grown(input!, last, 0, made, node)
      // A number is one whatever its shape was, unless it is what stretches the others to an image, as the derivative of a mean.
      const whole = hasImage ? [] : this.#grow(shape as readonly number[], last)
      return filled(number, whole, dtype)
    })
    return [...made, this.#node({ ...node, inputs, outputs: [this.#widen(output)] })]
  }

  #byChannels(node: Node, { axes, tensors }: LetteredTensors): Node[] {
    const letters = new Set(
      tensors
        .filter(([value, each]) => isImage(each) && this.#chosen.has(value))
        .map(([, each]) => each.at(-1)!),
    )
    const growing = (each: string, rank: number) =>
      [...each.replace('*', '')].flatMap((letter, at, list) =>
        letters.has(letter) ? [rank - list.length + at] : [],
      )
    const made: Node[] = []
    const inputs = node.inputNames.map((name, index) => {
      const input = node.inputs[index]!
      if (this.#chosen.has(input)) return this.#wide.get(input)!
      const grown = growing(axes.inputs[name]!, input.shape.length)
      return this.#parameter(input, grown, axes.fill?.[name] ?? 0, made, node)
    })
    const attrs: Record<string, unknown> = { ...node.attrs }
    for (const [name, each] of Object.entries(axes.attrs ?? {})) {
      const sizes = attrs[name] as number[]
      attrs[name] = this.#grow(sizes, growing(each, sizes.length))
    }
    // Of other numbers, as a sigmoid's, come others than the zeros that a parameter must have there.
    const givesZeros = node.inputs.every((input) => (this.#chosen.get(input!) ?? 0) === 0)
    const cuts: Node[] = []
    const outputs = node.outputs.map((output, index) => {
      if (this.#chosen.has(output)) return this.#widen(output)
      const grown = growing(axes.outputs[index]!, output.shape.length)
      if (grown.length === 0) return output
      const shape = output.shape as readonly number[]
      const larger = createValue(this.#grow(shape, grown), output.dtype)
      if (givesZeros) this.#wide.set(output, larger)
      const cut = { begin: shape.map(() => 0), size: [...shape] }
      cuts.push(kernelNode('Slice', { x: larger }, [output], { attrs: cut, scope: node.scope }))
      return larger
    })
    return [
      ...made,
      this.#node({ ...node, inputs, outputs, attrs: attrs as Node['attrs'] }),
      ...cuts,
    ]
  }

  #grow(sizes: readonly number[], axes: readonly number[]): number[] {
    return sizes.map((size, axis) => (axes.includes(axis) ? wholeBlocks(size, this.#block) : size))
  }

  #widen(image: Value): Value {
    const shape = this.#grow(image.shape as readonly number[], [image.shape.length - 1])
    const { dtype, name } = image
    const wide = createValue(shape, dtype, name === undefined ? {} : { name })
    this.#wide.set(image, wide)
    return wide
  }

  /** A parameter with a number for each channel that is added, the same all along those axes; or what a kernel gave that is zero there. */
  #parameter(value: Value, axes: readonly number[], fill: number, made: Node[], node: Node): Value {
    const grown = axes.length === 0 ? value : this.#wide.get(value)
    return grown ?? this.#grown(value, axes, fill, made, node)
  }

  /** Numbers, and the same one behind them along those axes. */
  #grown(
    value: Value,
    axes: readonly number[],
    fill: number,
    made: Node[],
    { scope }: Node,
  ): Value {
    const key = `${value.id} ${axes} ${fill}`
    let found = this.#parameters.get(key)
    if (found === undefined) {
      const shape = value.shape as readonly number[]
      const larger = this.#grow(shape, axes)
      const paddings = shape.map((size, axis) => [0, larger[axis]! - size])
      found = emitter(made, scope)('PadV2', { x: value }, larger, { paddings, constantValue: fill })
      this.#parameters.set(key, found)
    }
    return found
  }

  #node(node: Node): Node {
    for (const output of node.outputs) output.node = node
    return node
  }
}
