import { EngineError } from '@ashlar/errors'
import {
  countUses,
  createValue,
  emptyGraph,
  type Graph,
  type GraphInput,
  isStatic,
  type Node,
  readersOf,
  type Value,
} from '../../ir/index.ts'
import { OnnxBuilder } from '../../lower/builder.ts'
import type { LowerContext, Lowered, Placed } from '../../lower/context.ts'
import type { ChooseForm } from '../../lower/forms.ts'
import { type Layout, shapeIn } from '../../lower/layout.ts'
import type { Target } from '../../lower/target.ts'
import { findKernel } from '../../ops/registry.ts'
import { isTrainingStep, type Purpose } from '../purpose.ts'
import { type FormOptions, formOf } from './form.ts'
import { type OuterGraph, OuterValues } from './outer-graph.ts'
import { PlacedValues } from './placed-values.ts'

/**
 * Rewrites captured kernels as ONNX nodes. Returns a new graph with the same inputs and outputs.
 *
 * @throws EngineError for a kernel that has no lowering, with its reason and the layer that called it.
 */
export function lower(graph: Graph, target: Target, options: LowerOptions = {}): Graph {
  const trains = isTrainingStep(graph, options)
  return new GraphLowering(graph, target, { ...options, trains }).run()
}

/** Departures from how a graph is usually lowered. */
export interface LowerOptions extends Purpose {
  /** Decides where several forms fit; by default the first that is promising is taken. */
  readonly choose?: ChooseForm | undefined
  /** Layouts of graph inputs, where they are others than channels last; the inputs are shaped for the first of them. */
  readonly layouts?: ReadonlyMap<Value, readonly Layout[]> | undefined
  /** Layouts that graph outputs are brought to, where they are others than channels last. */
  readonly outputs?: ReadonlyMap<Value, Layout> | undefined
}

type GraphOptions = Omit<LowerOptions, 'trains'> & Pick<FormOptions, 'trains'>

class GraphLowering {
  readonly #source: Graph
  readonly #target: Target
  readonly #options: GraphOptions
  readonly #result: Graph = emptyGraph()
  readonly #builder: OnnxBuilder
  readonly #outer: OuterValues
  readonly #values: PlacedValues
  #uses: ReadonlyMap<Value, number> | undefined
  #readers: ReadonlyMap<Value, readonly Node[]> | undefined

  constructor(source: Graph, target: Target, options: GraphOptions, outer?: OuterGraph) {
    this.#source = source
    this.#target = target
    this.#options = options
    this.#outer = new OuterValues(this.#result, outer)
    this.#builder = new OnnxBuilder(this.#result, (size) => this.#outer.sizeOf(size))
    this.#values = new PlacedValues(
      this.#builder,
      (logical) => this.#constant(logical),
      target.block,
    )
  }

  run(): Graph {
    for (const input of this.#source.inputs) {
      if (input.from !== undefined) {
        const value = this.#outer.inputOf(input.from)
        this.#values.place(input.value, { value, layout: 'last' })
        continue
      }
      const [first = 'last', ...others] = this.#options.layouts?.get(input.value) ?? []
      const value = first === 'last' ? input.value : this.#inputIn(first, input)
      this.#result.inputs.push({ ...input, value })
      this.#values.place(input.value, { value, layout: first })
      for (const layout of others) {
        const name = `${input.name}.${layout}`
        const copy = this.#inputIn(layout, { ...input, name })
        this.#result.inputs.push({ ...input, name, value: copy })
        this.#values.place(input.value, { value: copy, layout })
      }
    }
    for (const node of this.#source.nodes) this.#lowerNode(node)
    for (const output of this.#source.outputs) {
      const layout = this.#options.outputs?.get(output.value) ?? 'last'
      const value = this.#values.inLayout(output.value, layout)
      this.#result.outputs.push({ ...output, value })
    }
    return this.#result
  }

  #lowerNode(node: Node): void {
    this.#builder.scope = node.scope
    const context = this.#context(node)
    this.#builder.origin = { node }
    const form = formOf(node, context, this.#options)
    if (form.name !== undefined) this.#builder.origin = { node, form: form.name }
    const lowered = form.lower(context)
    const results: readonly Lowered[] = Array.isArray(lowered) ? lowered : [lowered as Lowered]
    for (const [index, result] of results.entries()) {
      const output = node.outputs[index]!
      const placed: Placed = 'layout' in result ? result : { value: result, layout: 'last' }
      if (output.name !== undefined && placed.value.node !== undefined) nameAfter(output, placed)
      this.#values.place(output, placed)
      if (findKernel(node.op)?.givesSizes) this.#builder.tellSizes([placed.value])
    }
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
      input: (name, layout = 'last') => this.#values.inLayout(logical(name), layout),
      layoutOf: (name) => this.#values.layoutsOf(logical(name))[0]!,
      layoutsOf: (name) => this.#values.layoutsOf(logical(name)),
      earlier: {
        input: (value, layout) => this.#values.inLayout(value, layout),
        layoutsOf: (value) => this.#values.layoutsOf(value),
        uses: (value) => {
          this.#uses ??= countUses(this.#source)
          return this.#uses.get(value) ?? 0
        },
      },
      onlyReader: (value) => {
        this.#readers ??= readersOf(this.#source)
        const [reader, ...others] = this.#readers.get(value) ?? []
        const isResult = this.#source.outputs.some((output) => output.value === value)
        return others.length > 0 || isResult ? undefined : reader
      },
      subgraph: (attr, inputs) => {
        const formals = inputs.length
        const outer: OuterGraph = {
          valueOf: (from) => this.#values.inLayout(node.inputs[from]!, 'last'),
          sizeOf: (size) => this.#builder.findSize(size),
          constantOf: (each) =>
            this.#knowsSizesOf(each) ? this.#values.inLayout(each, 'last') : undefined,
          place: (value) => {
            const at = inputs.indexOf(value, formals)
            return at < 0 ? inputs.push(value) - 1 : at
          },
        }
        const graph = node.attrs[attr] as Graph
        // Choices and layouts are for the outermost graph.
        const { trains } = this.#options
        return new GraphLowering(graph, this.#target, { trains }, outer).run()
      },
    }
  }

  /** A constant as it is, or computed in the graph where it follows a size that varies. */
  #constant(logical: Value): Value {
    const { shape, dtype, fill, sizes } = logical
    const builder = this.#builder
    const isComputed = sizes !== undefined || (fill !== undefined && !isStatic(shape))
    const outer = isComputed ? this.#outer.constantOf(logical) : undefined
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
