import { findKernel, type Graph, type Node, type Value } from '@ashlar/graph'
import type { CapturedCall, LayerCall } from './calls.ts'
import type { Network } from './network.ts'
import { recordShapes, type Shape } from './shapes.ts'
import { modelToRecord } from './summary.ts'

/** A step of a forward pass: an input, a call of a layer that has no layers inside, an operation outside of any, or an output. */
export interface LayerGraphNode {
  /** Place in `nodes`. */
  readonly id: number
  readonly kind: 'input' | 'layer' | 'operation' | 'output'
  /** Path of the layer, name of the kernel, `input` or `output`. */
  readonly name: string
  /** Class of a layer. */
  readonly type: string
  /** Of what it gives; `null` stands for the batch. */
  readonly shape: Shape
  /** Place in `groups` of the innermost call around it. */
  readonly group: number | undefined
}

/** A call of a layer that has layers inside. */
export interface LayerGraphGroup {
  /** Place in `groups`. */
  readonly id: number
  /** Path of the layer. */
  readonly name: string
  /** Class of the layer. */
  readonly type: string
  /** The call around it. */
  readonly group: number | undefined
}

/** How data goes through a model, from input to output. Nodes are in the order in which they run. */
export interface LayerGraph {
  readonly nodes: readonly LayerGraphNode[]
  readonly edges: readonly { readonly from: number; readonly to: number }[]
  /** Outer ones first. */
  readonly groups: readonly LayerGraphGroup[]
}

/**
 * Follows the data through a model: which layer hands what to which. A layer that is called twice is there twice.
 *
 * @param inputShape as for `Model.summary`.
 * @returns undefined for a model that cannot be captured.
 */
export function layerGraph(model: Network, inputShape?: Shape): LayerGraph | undefined {
  const { shapes, run, dtypes } = modelToRecord(model, inputShape)
  const { calls, graph } = recordShapes(run, shapes, dtypes)
  const signature = model.signature()
  const names = {
    inputs: shapes.length > 1 ? signature?.inputs.map(({ name }) => name) : undefined,
    outputs: signature?.outputs,
  }
  return graph && withoutDeadEnds(new Tracer(graph, calls, names).trace())
}

type Call = Omit<LayerCall, 'captured'> & { readonly captured: CapturedCall }

/** What inputs and outputs are called, where somebody chose that. */
interface Names {
  readonly inputs: readonly string[] | undefined
  readonly outputs: readonly string[] | undefined
}

class Tracer {
  readonly #graph: Graph
  readonly #names: Names
  readonly #leaves: readonly Call[]
  readonly #containers: readonly Call[]
  readonly #nodes: LayerGraphNode[] = []
  readonly #edges = new Map<string, { from: number; to: number }>()
  /** The node that gives a value; constants have none. */
  readonly #makers = new Map<Value, number>()

  constructor(graph: Graph, calls: readonly LayerCall[], names: Names) {
    this.#graph = graph
    this.#names = names
    const inner = calls.filter(isInner)
    const isContainer = (call: Call) => inner.some((each) => isWithin(each, call))
    this.#leaves = inner.filter((call) => !isContainer(call)).sort(inOrder)
    this.#containers = inner.filter(isContainer).sort(inOrder)
  }

  trace(): LayerGraph {
    const { inputs, outputs, nodes: kernels } = this.#graph
    for (const [at, { value }] of inputs.entries()) {
      const name = this.#names.inputs?.[at] ?? 'input'
      this.#makers.set(value, this.#add({ kind: 'input', name, type: '' }, value, undefined))
    }
    let place = 0
    for (const call of this.#leaves) {
      while (place < call.captured.from) this.#operation(kernels[place]!, place++)
      this.#layer(call, kernels.slice(call.captured.from, call.captured.to))
      place = call.captured.to
    }
    while (place < kernels.length) this.#operation(kernels[place]!, place++)
    for (const [at, { value }] of outputs.entries()) {
      const name = this.#names.outputs?.[at] ?? 'output'
      this.#connect(value, this.#add({ kind: 'output', name, type: '' }, value, undefined))
    }
    return {
      nodes: this.#nodes,
      edges: [...this.#edges.values()],
      groups: this.#containers.map((call, id) => ({
        id,
        name: call.path,
        type: call.layer.getClassName(),
        group: this.#groupOf((other) => other !== call && isWithin(call, other)),
      })),
    }
  }

  #layer({ path, layer, captured }: Call, kernels: readonly Node[]): void {
    const [output] = captured.outputs
    if (output === undefined) return
    const { from, to } = captured
    const group = this.#groupOf(({ captured: around }) => around.from <= from && to <= around.to)
    const id = this.#add({ kind: 'layer', name: path, type: layer.getClassName() }, output, group)
    for (const { inputs } of kernels) for (const input of inputs) this.#connect(input, id)
    // A dropout that is not training hands on what it is given.
    if (kernels.length === 0) for (const value of captured.outputs) this.#connect(value, id)
    for (const value of [...kernels.flatMap(({ outputs }) => outputs), ...captured.outputs]) {
      this.#makers.set(value, id)
    }
  }

  /** What a model does between its layers. */
  #operation({ op, inputs, outputs }: Node, place: number): void {
    const givers = inputs.filter((input) => input !== undefined && this.#makers.has(input))
    // Numbers that follow from constants alone are constants too.
    if (givers.length === 0) return
    if (findKernel(op)?.isView) {
      for (const output of outputs) this.#makers.set(output, this.#makers.get(givers[0]!)!)
      return
    }
    const group = this.#groupOf(({ captured: { from, to } }) => from <= place && place < to)
    const id = this.#add({ kind: 'operation', name: op, type: '' }, outputs[0]!, group)
    for (const giver of givers) this.#connect(giver, id)
    for (const output of outputs) this.#makers.set(output, id)
  }

  #add(
    what: Pick<LayerGraphNode, 'kind' | 'name' | 'type'>,
    { shape }: Value,
    group: number | undefined,
  ): number {
    const id = this.#nodes.length
    this.#nodes.push({ id, ...what, shape: [null, ...(shape.slice(1) as number[])], group })
    return id
  }

  #connect(value: Value | undefined, to: number): void {
    const from = value && this.#makers.get(value)
    if (from !== undefined && from !== to) this.#edges.set(`${from} ${to}`, { from, to })
  }

  /** The innermost container for which it holds: they are sorted from the outside. */
  #groupOf(holds: (call: Call) => boolean): number | undefined {
    const found = this.#containers.findLastIndex(holds)
    return found < 0 ? undefined : found
  }
}

/** The outermost model itself has no path. */
function isInner(call: LayerCall): call is Call {
  return call.captured !== undefined && call.path !== ''
}

function isWithin(call: Call, other: Call): boolean {
  const [inner, outer] = [call.captured, other.captured]
  return call.path.startsWith(`${other.path}.`) && outer.from <= inner.from && inner.to <= outer.to
}

function inOrder(a: Call, b: Call): number {
  return a.captured.from - b.captured.from || b.captured.to - a.captured.to
}

/** Without what leads to no output. */
function withoutDeadEnds({ nodes, edges, groups }: LayerGraph): LayerGraph {
  const alive = new Set(nodes.filter(({ kind }) => kind === 'output').map(({ id }) => id))
  // Edges lead forwards, so that one pass from the end is enough.
  for (const { from, to } of edges.toSorted((a, b) => b.to - a.to))
    if (alive.has(to)) alive.add(from)
  const kept = nodes.filter(({ id }) => alive.has(id))
  const places = new Map(kept.map(({ id }, place) => [id, place]))
  return {
    nodes: kept.map((node, id) => ({ ...node, id })),
    edges: edges
      .filter(({ from, to }) => alive.has(from) && alive.has(to))
      .map(({ from, to }) => ({ from: places.get(from)!, to: places.get(to)! })),
    groups,
  }
}
