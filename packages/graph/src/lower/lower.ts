import { EngineError } from '@ashlar/errors'
import {
  createValue,
  emptyGraph,
  type Graph,
  type GraphInput,
  isConstant,
  isStatic,
  type Node,
  type SymbolicDim,
  type Value,
} from '../ir/index.ts'
import type { KernelDeclaration, KernelForm } from '../ops/declaration.ts'
import { findKernel } from '../ops/registry.ts'
import { OnnxBuilder } from './builder.ts'
import type { LowerContext, Lowered, Placed } from './context.ts'
import type { ChooseForm } from './forms.ts'
import { type Layout, shapeIn } from './layout.ts'
import { reorder } from './reorder.ts'
import type { Target } from './target.ts'

/**
 * Rewrites captured kernels as ONNX nodes. Returns a new graph with the same inputs and outputs.
 *
 * @throws EngineError for a kernel that has no lowering, with its reason and the layer that called it.
 */
export function lower(graph: Graph, target: Target, options: LowerOptions = {}): Graph {
  return new GraphLowering(graph, target, options).run()
}

/** Departures from how a graph is usually lowered. */
export interface LowerOptions {
  /** Decides where several forms fit; by default the first that is promising is taken. */
  readonly choose?: ChooseForm | undefined
  /** Layouts of graph inputs, where they are others than channels last; the inputs are shaped for the first of them. */
  readonly layouts?: ReadonlyMap<Value, readonly Layout[]> | undefined
  /** Layouts that graph outputs are brought to, where they are others than channels last. */
  readonly outputs?: ReadonlyMap<Value, Layout> | undefined
}

/** Departures are for the outermost graph. */
const NO_OPTIONS: LowerOptions = {}

/** What a graph that a node holds can have of the graph around it. */
interface OuterGraph {
  /** The lowered value of one of the node's inputs. */
  valueOf(from: number): Value
  sizeOf(size: SymbolicDim): Value | undefined
  /** A constant that follows sizes which are known there. */
  constantOf(constant: Value): Value | undefined
  /** Makes a value an input of the node; tells which. */
  place(value: Value): number
}

class GraphLowering {
  readonly #source: Graph
  readonly #target: Target
  readonly #options: LowerOptions
  readonly #result: Graph = emptyGraph()
  readonly #builder: OnnxBuilder
  /** Where each captured value is at hand, by layout. */
  readonly #placed = new Map<Value, Map<Layout, Value>>()

  readonly #outer: OuterGraph | undefined

  constructor(source: Graph, target: Target, options: LowerOptions, outer?: OuterGraph) {
    this.#source = source
    this.#target = target
    this.#options = options
    this.#outer = outer
    this.#builder = new OnnxBuilder(
      this.#result,
      outer && ((size) => this.#bringIn(outer.sizeOf(size))),
    )
  }

  run(): Graph {
    for (const input of this.#source.inputs) {
      if (input.from !== undefined) {
        const outer = this.#outer!.valueOf(input.from)
        this.#place(input.value, { value: this.#bringIn(outer)!, layout: 'last' })
        continue
      }
      const [first = 'last', ...others] = this.#options.layouts?.get(input.value) ?? []
      const value = first === 'last' ? input.value : this.#inputIn(first, input)
      this.#result.inputs.push({ ...input, value })
      this.#place(input.value, { value, layout: first })
      for (const layout of others) {
        const name = `${input.name}.${layout}`
        const copy = this.#inputIn(layout, { ...input, name })
        this.#result.inputs.push({ ...input, name, value: copy })
        this.#place(input.value, { value: copy, layout })
      }
    }
    for (const node of this.#source.nodes) this.#lowerNode(node)
    for (const output of this.#source.outputs) {
      const layout = this.#options.outputs?.get(output.value) ?? 'last'
      const value = this.#inLayout(output.value, layout)
      this.#result.outputs.push({ ...output, value })
    }
    return this.#result
  }

  /** What stands in this graph for a value of the graph around it. */
  #bringIn(outer: Value | undefined): Value | undefined {
    if (outer === undefined || isConstant(outer)) return outer
    let inner = this.#taken.get(outer)
    if (inner === undefined) {
      inner = createValue(outer.shape, outer.dtype)
      this.#taken.set(outer, inner)
      this.#result.inputs.push({
        name: '',
        value: inner,
        state: false,
        from: this.#outer!.place(outer),
      })
    }
    return inner
  }

  readonly #taken = new Map<Value, Value>()

  #lowerNode(node: Node): void {
    this.#builder.scope = node.scope
    const context = this.#context(node)
    const lowered = this.#form(node, context)(context)
    const results: readonly Lowered[] = Array.isArray(lowered) ? lowered : [lowered as Lowered]
    for (const [index, result] of results.entries()) {
      const output = node.outputs[index]!
      const placed: Placed = 'layout' in result ? result : { value: result, layout: 'last' }
      if (output.name !== undefined && placed.value.node !== undefined) nameAfter(output, placed)
      this.#place(output, placed)
      if (findKernel(node.op)?.givesSizes) this.#builder.tellSizes([placed.value])
    }
  }

  /** The form that is chosen, or that the target usually prefers; the portable one when there is no choice. */
  #form(node: Node, context: LowerContext): Lowering {
    this.#builder.origin = { node }
    const portable = lowerable(node)
    if (this.#target.portable || !node.outputs.every(({ shape }) => isStatic(shape)))
      return portable
    const fitting = findKernel(node.op)?.forms?.filter((each) => each.fits(context)) ?? []
    const usual = fitting.find((each) => each.isPromising?.(context) ?? true) ?? fitting[0]
    if (usual === undefined) return portable
    const form = this.#choose(node, context, [usual, ...fitting.filter((each) => each !== usual)])
    this.#builder.origin = { node, form: form.name }
    return (each) => form.lower(each)
  }

  #choose(node: Node, context: LowerContext, forms: readonly KernelForm[]): KernelForm {
    if (forms.length === 1 || this.#options.choose === undefined) return forms[0]!
    const chosen = this.#options.choose({
      node,
      layouts: node.inputNames.map((name) => context.layoutsOf(name)),
      forms: forms.map(({ name }) => name),
    })
    return forms.find(({ name }) => name === chosen) ?? forms[0]!
  }

  #inputIn(layout: Layout, { name, value }: GraphInput): Value {
    return createValue(shapeIn(layout, value.shape), value.dtype, { name })
  }

  #context(node: Node): LowerContext {
    const logical = (name: string): Value => {
      const index = node.inputNames.indexOf(name)
      const value = node.inputs[index]
      if (value === undefined) {
        throw new EngineError({
          where: `${node.scope || 'lowering'} (${node.op})`,
          expected: `input ${name} must be given`,
        })
      }
      return value
    }
    return {
      builder: this.#builder,
      attrs: node.attrs,
      target: this.#target,
      node,
      names: node.inputNames,
      logical,
      has: (name) => node.inputNames.includes(name),
      input: (name, layout = 'last') => this.#inLayout(logical(name), layout),
      layoutOf: (name) => this.#layoutsOf(logical(name))[0]!,
      layoutsOf: (name) => this.#layoutsOf(logical(name)),
      subgraph: (attr, inputs) => {
        const formals = inputs.length
        const outer: OuterGraph = {
          valueOf: (from) => this.#inLayout(node.inputs[from]!, 'last'),
          sizeOf: (size) => this.#builder.findSize(size),
          constantOf: (each) =>
            this.#knowsSizesOf(each) ? this.#inLayout(each, 'last') : undefined,
          place: (value) => {
            const at = inputs.indexOf(value, formals)
            return at < 0 ? inputs.push(value) - 1 : at
          },
        }
        const graph = node.attrs[attr] as Graph
        return new GraphLowering(graph, this.#target, NO_OPTIONS, outer).run()
      },
    }
  }

  #layoutsOf(logical: Value): readonly Layout[] {
    const layouts = this.#placed.get(logical)
    return layouts === undefined ? ['last'] : [...layouts.keys()]
  }

  #place(logical: Value, { value, layout }: Placed): void {
    let layouts = this.#placed.get(logical)
    if (layouts === undefined) {
      layouts = new Map()
      this.#placed.set(logical, layouts)
    }
    layouts.set(layout, value)
  }

  #inLayout(logical: Value, layout: Layout): Value {
    let layouts = this.#placed.get(logical)
    if (layouts === undefined) {
      if (!isConstant(logical)) {
        throw new EngineError({
          where: 'lowering',
          expected: 'every value must be computed before its use',
        })
      }
      layouts = new Map([['last', this.#constant(logical)]])
      this.#placed.set(logical, layouts)
    }
    const present = layouts.get(layout)
    if (present !== undefined) return present
    const [from, value] = layouts.entries().next().value!
    const converted = reorder(this.#builder, value, { from, to: layout, shape: logical.shape })
    layouts.set(layout, converted)
    return converted
  }

  /** A constant as it is, or computed in the graph where it follows a size that varies. */
  #constant(logical: Value): Value {
    const { shape, dtype, fill, sizes } = logical
    const builder = this.#builder
    const isComputed = sizes !== undefined || (fill !== undefined && !isStatic(shape))
    const outer = isComputed ? this.#bringIn(this.#outer?.constantOf(logical)) : undefined
    if (outer !== undefined) return outer
    if (sizes !== undefined) {
      const list = builder.cast(builder.shape(sizes), dtype)
      return builder.reshape(list, shape)
    }
    if (fill === undefined || isStatic(shape)) return logical
    return builder.node(
      'Expand',
      [builder.scalar(fill, dtype), builder.shape(shape)],
      {},
      { shape, dtype },
    )
  }

  #knowsSizesOf({ shape, sizes = [] }: Value): boolean {
    return [...shape, ...sizes].every(
      (size) => typeof size === 'number' || this.#builder.findSize(size) !== undefined,
    )
  }
}

/** A layer's output keeps its name; the first one does when several layers give the same tensor. */
function nameAfter({ name }: Value, { value }: Placed): void {
  value.name ??= name
}

type Lowering = Exclude<KernelDeclaration['lower'], { readonly refused: string }>

function lowerable(node: Node): Lowering {
  const where = node.scope === '' ? node.op : `${node.scope} (${node.op})`
  const declaration = findKernel(node.op)
  if (declaration === undefined) {
    throw new EngineError({
      where,
      expected: `kernel ${node.op} must be in the op table`,
      hint: 'Declare it with defineKernel() and add it by registerKernels() from @ashlar/graph.',
    })
  }
  const { lower: lowering } = declaration
  if (typeof lowering === 'function') return lowering
  throw new EngineError({
    where,
    expected: `kernel ${node.op} must have a meaning in ONNX`,
    hint: lowering.refused,
  })
}
