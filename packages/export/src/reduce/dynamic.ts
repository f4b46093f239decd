import { transposeNumbers } from '@ashlar/graph'
import {
  dimsOf,
  dropUnread,
  floatsOf,
  type GraphProto,
  intAttribute,
  intOf,
  isPlainGemm,
  isStandard,
  layerOf,
  type ModelProto,
  type NodeProto,
  subgraphsOf,
  type TensorProto,
  TYPE,
  tensor,
  uniqueNames,
} from './proto.ts'
import { quantizeWeights } from './ranges.ts'

/**
 * A model whose matrix products with weights are made of whole numbers: weights are int8 with a scale for each column, what comes in is rounded to bytes as it comes, by its own range. Tables
 * of embeddings are int8 as well. No samples are needed.
 *
 * @param keep layers that stay float.
 */
export function toDynamic(model: ModelProto, keep: ReadonlySet<string>): ModelProto {
  const dynamic = new Dynamic(model, keep)
  dynamic.turn(model.graph!, new Map())
  dropUnread(model)
  return model
}

/** Layers of a model whose weights {@link toDynamic} rounds. */
export function dynamicLayers(model: ModelProto): string[] {
  const layers = new Set<string>()
  const visit = (graph: GraphProto, outer: ReadonlyMap<string, TensorProto>) => {
    const known = withOwn(graph, outer)
    for (const node of graph.node ?? []) {
      if (productOf(node, known) ?? tableOf(node, known)) layers.add(layerOf(node))
      for (const inner of subgraphsOf(node)) visit(inner, known)
    }
  }
  visit(model.graph!, new Map())
  return [...layers]
}

type Initializers = ReadonlyMap<string, TensorProto>

class Dynamic {
  readonly #keep: ReadonlySet<string>
  readonly #unique: (wanted: string) => string
  /** Tensors that were made, by the graph that they go into. */
  readonly #made = new Map<GraphProto, TensorProto[]>()
  /** Rounded weights, by the name of the tensor and whether it was turned. */
  readonly #weights = new Map<string, { whole: string; scale: string; zero: string }>()
  /** Rounded inputs, in the graph that is under way. */
  #inputs = new Map<string, { bytes: string; scale: string; zero: string }>()

  constructor(model: ModelProto, keep: ReadonlySet<string>) {
    this.#keep = keep
    this.#unique = uniqueNames(model)
  }

  turn(graph: GraphProto, outer: Initializers): void {
    const known = withOwn(graph, outer)
    const nodes: NodeProto[] = []
    for (const node of graph.node ?? []) {
      const inputs = this.#inputs
      for (const inner of subgraphsOf(node)) {
        this.#inputs = new Map()
        this.turn(inner, known)
      }
      this.#inputs = inputs
      nodes.push(...(this.#keep.has(layerOf(node)) ? [node] : this.#node(node, known)))
    }
    graph.node = nodes
    graph.initializer = [...(graph.initializer ?? []), ...(this.#made.get(graph) ?? [])]
  }

  #node(node: NodeProto, known: Initializers): NodeProto[] {
    const product = productOf(node, known)
    if (product !== undefined) return this.#product(node, product)
    const table = tableOf(node, known)
    return table === undefined ? [node] : this.#lookUp(node, table)
  }

  #product(node: NodeProto, { weights, isTurned, bias }: Product): NodeProto[] {
    const nodes: NodeProto[] = []
    const { whole, scale, zero } = this.#rounded(weights, isTurned)
    const input = node.input![0]!
    let found = this.#inputs.get(input)
    if (found === undefined) {
      const [bytes, own, middle] = ['q', 's', 'z'].map((end) => this.#unique(`${input}_${end}`))
      found = { bytes: bytes!, scale: own!, zero: middle! }
      this.#inputs.set(input, found)
      const output = [bytes!, own!, middle!]
      nodes.push({ opType: 'DynamicQuantizeLinear', input: [input], output })
    }
    const end = node.output![0]!
    const name = node.name || end
    const [sum, floats, scales] = ['i', 'f', 'm'].map((part) => this.#unique(`${end}_${part}`))
    const product = bias === undefined ? end : this.#unique(`${end}_p`)
    const named = (part: string) => this.#unique(`${name}_${part}`)
    nodes.push(
      {
        opType: 'MatMulInteger',
        name: named('MatMulInteger'),
        input: [found.bytes, whole, found.zero, zero],
        output: [sum!],
      },
      {
        opType: 'Cast',
        input: [sum!],
        output: [floats!],
        attribute: [intAttribute('to', TYPE.float)],
      },
      { opType: 'Mul', input: [found.scale, scale], output: [scales!] },
      { opType: 'Mul', input: [floats!, scales!], output: [product] },
    )
    if (bias !== undefined) nodes.push({ opType: 'Add', input: [product, bias], output: [end] })
    return nodes
  }

  /** A row of a table of int8, made floats of. */
  #lookUp(node: NodeProto, table: TensorProto): NodeProto[] {
    const key = `${table.name} table`
    let found = this.#weights.get(key)
    const dims = dimsOf(table)
    const name = table.name!
    if (found === undefined) {
      const { data, scales } = quantizeWeights(floatsOf(table), dims, { isMultiplied: false })
      found = {
        whole: this.#constant(table, tensor(this.#unique(`${name}_q`), TYPE.int8, dims, data)),
        scale: this.#constant(table, tensor(this.#unique(`${name}_s`), TYPE.float, [], scales)),
        zero: this.#constant(
          table,
          tensor(this.#unique(`${name}_z`), TYPE.int8, [], new Int8Array(1)),
        ),
      }
      this.#weights.set(key, found)
    }
    const [, indices] = node.input!
    const end = node.output![0]!
    const row = this.#unique(`${end}_q`)
    return [
      { ...node, input: [found.whole, indices!], output: [row] },
      { opType: 'DequantizeLinear', input: [row, found.scale, found.zero], output: [end] },
    ]
  }

  #rounded(weights: TensorProto, isTurned: boolean) {
    const key = `${weights.name} ${isTurned}`
    const before = this.#weights.get(key)
    if (before !== undefined) return before
    const [rows, columns] = dimsOf(weights) as [number, number]
    const dims = isTurned ? [columns, rows] : [rows, columns]
    const numbers = isTurned
      ? transposeNumbers(floatsOf(weights), [rows, columns], [1, 0])
      : floatsOf(weights)
    const { data, scales } = quantizeWeights(numbers, dims, { axis: 1, isMultiplied: true })
    const name = weights.name!
    const zeros = new Int8Array(scales.length)
    const made = {
      whole: this.#constant(weights, tensor(this.#unique(`${name}_q`), TYPE.int8, dims, data)),
      scale: this.#constant(
        weights,
        tensor(this.#unique(`${name}_s`), TYPE.float, [scales.length], scales),
      ),
      zero: this.#constant(
        weights,
        tensor(this.#unique(`${name}_z`), TYPE.int8, [scales.length], zeros),
      ),
    }
    this.#weights.set(key, made)
    return made
  }

  /** Lies in the graph that its original lies in: it may be read in several that are inside. */
  #constant(original: TensorProto, made: TensorProto): string {
    const home = homes.get(original)!
    const list = this.#made.get(home)
    if (list === undefined) this.#made.set(home, [made])
    else list.push(made)
    return made.name!
  }
}

/** The graph that a tensor lies in. */
const homes = new WeakMap<TensorProto, GraphProto>()

function withOwn(graph: GraphProto, outer: Initializers): Initializers {
  const known = new Map(outer)
  for (const { name } of graph.input ?? []) known.delete(name!)
  for (const node of graph.node ?? []) for (const name of node.output ?? []) known.delete(name)
  for (const each of graph.initializer ?? []) {
    homes.set(each, graph)
    known.set(each.name!, each)
  }
  return known
}

/** A product of a matrix of numbers with one of weights. */
interface Product {
  readonly weights: TensorProto
  readonly isTurned: boolean
  readonly bias: string | undefined
}

function productOf(node: NodeProto, known: Initializers): Product | undefined {
  if (!isStandard(node)) return undefined
  const [input, second, bias] = node.input ?? []
  const weights = known.get(second ?? '')
  if (weights?.dataType !== TYPE.float || dimsOf(weights).length !== 2) return undefined
  if (input === undefined || known.has(input)) return undefined
  if (node.opType === 'MatMul') return { weights, isTurned: false, bias: undefined }
  if (!isPlainGemm(node)) return undefined
  return { weights, isTurned: intOf(node, 'transB', 0) === 1, bias: bias || undefined }
}

/** A table of embeddings that rows are taken of. */
function tableOf(node: NodeProto, known: Initializers): TensorProto | undefined {
  if (!isStandard(node) || node.opType !== 'Gather' || intOf(node, 'axis', 0) !== 0)
    return undefined
  const table = known.get(node.input?.[0] ?? '')
  return table?.dataType === TYPE.float && dimsOf(table).length === 2 ? table : undefined
}
