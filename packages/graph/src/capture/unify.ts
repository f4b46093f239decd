import {
  type Attrs,
  type AttrValue,
  createValue,
  type Dim,
  freeSize,
  type Graph,
  isConstant,
  isGraph,
  isScan,
  type Node,
  namedInput,
  type Shape,
  type SymbolicDim,
  sameDim,
  scanParts,
  type TypedArray,
  type Value,
  whereOf,
} from '../ir/index.ts'
import type { KernelDeclaration, SizedSpec } from '../ops/declaration.ts'
import { findKernel } from '../ops/registry.ts'
import { SizeRecogniser } from './recognise.ts'
import { dependsError, structureError } from './size-errors.ts'
import { unifyConstant } from './unify-constants.ts'

/** The sizes of a program's inputs: by input, those of its axes. */
export type InputSizes = Readonly<Record<string, Shape>>

/** A graph of several captures. */
export interface Unified {
  readonly graph: Graph
  /** Whether more captures would make some size surer. */
  readonly needsMore: boolean
  /** What numbers that JavaScript computed from sizes were taken for. */
  readonly forms: readonly SymbolicDim[]
  /** Forms, each with another one that explains the same samples. */
  readonly rivals: readonly (readonly [Dim, Dim])[]
}

/**
 * Makes one graph of captures of the same program at several sizes. What a kernel gives follows from what it takes by the kernel's own rule; what JavaScript
 * computed from sizes is recognised from its values in the captures.
 *
 * @param inputs the sizes of the program's inputs, with the captures' values as samples.
 * @throws EngineError when the captures differ in more than numbers, or a number is not recognised.
 */
export function unifyCaptures(graphs: readonly Graph[], inputs: InputSizes): Unified {
  if (graphs.length === 1) return { graph: graphs[0]!, needsMore: false, forms: [], rivals: [] }
  const unification = new Unification(inputs)
  const graph = unification.graph(graphs)
  return { graph, ...unification.found }
}

class Unification {
  /** Unified values by the first capture's. */
  readonly #values = new Map<Value, Value>()
  readonly #sizes: SizeRecogniser
  readonly #inputs: InputSizes
  /** What computes constants that grow with the size. */
  #growing: Node[] = []

  constructor(inputs: InputSizes) {
    this.#inputs = inputs
    const all = Object.values(inputs).flat()
    const free = all.filter((size): size is SymbolicDim => typeof size !== 'number')
    this.#sizes = new SizeRecogniser([...new Map(free.map((each) => [each.key, each])).values()])
  }

  get found(): Omit<Unified, 'graph'> {
    const { needsMore, forms, rivals } = this.#sizes
    return { needsMore, forms, rivals }
  }

  /** @param given what stands for the inputs of a graph that a node holds, where they are known. */
  graph(graphs: readonly Graph[], given: readonly (Shape | undefined)[] = []): Graph {
    const [first] = graphs as [Graph]
    const inputs = first.inputs.map((input, index) => {
      const values = graphs.map((graph) => graph.inputs[index]!.value)
      const outer = input.state || input.from !== undefined ? undefined : this.#inputs[input.name]
      return { ...input, value: this.#input(values, given[index] ?? outer) }
    })
    for (const graph of graphs) {
      if (graph.nodes.length === first.nodes.length) continue
      throw structureError('', `${first.nodes.length} and ${graph.nodes.length} kernels`)
    }
    const nodes = first.nodes.flatMap((_, index) =>
      this.#nodes(graphs.map((graph) => graph.nodes[index]!)),
    )
    const outputs = first.outputs.map((output, index) => ({
      ...output,
      value: this.#value(graphs.map((graph) => graph.outputs[index]!.value)),
    }))
    const made = this.#taken()
    return { inputs, nodes: [...nodes, ...made], outputs }
  }

  #input(values: readonly Value[], shape: Shape | undefined): Value {
    const [first] = values as [Value]
    const sizes = shape ?? this.#freshShape(values, first.name ?? 'size')
    const name = first.name === undefined ? {} : { name: first.name }
    const unified = createValue(sizes, first.dtype, name)
    this.#values.set(first, unified)
    return unified
  }

  /** Sizes that vary by themselves. */
  #freshShape(values: readonly Value[], name: string): Shape {
    return values[0]!.shape.map((_, axis) => {
      const samples = values.map(({ shape }) => shape[axis] as number)
      return this.#sizes.same(samples) ?? this.#fresh(`${name}[${axis}]`, samples)
    })
  }

  #fresh(name: string, samples: readonly number[]): Dim {
    const size = freeSize(name, samples)
    this.#sizes.know(size)
    return size
  }

  #taken(): Node[] {
    const growing = this.#growing
    this.#growing = []
    return growing
  }

  /** The unified node, after those that compute its constants. */
  #nodes(nodes: readonly Node[]): Node[] {
    const node = this.#node(nodes)
    return [...this.#taken(), node]
  }

  #node(nodes: readonly Node[]): Node {
    const [first] = nodes as [Node]
    const where = whereOf(first)
    for (const other of nodes) {
      if (other.op !== first.op) throw structureError(where, `${first.op} and ${other.op}`)
      if (other.inputs.length === first.inputs.length) continue
      throw structureError(where, `${first.inputs.length} and ${other.inputs.length} inputs`)
    }
    const near = first.inputs.flatMap((input) => (input && this.#values.get(input)?.shape) ?? [])
    const inputs = first.inputs.map((input, index) =>
      input === undefined
        ? undefined
        : this.#value(
            nodes.map((each) => each.inputs[index]!),
            where,
            near,
          ),
    )
    const declaration = findKernel(first.op)
    const holds = Object.values(first.attrs).some(isGraph)
    const partial = { ...first, inputs }
    const attrs = holds
      ? this.#graphAttrs(nodes, partial)
      : this.#attrs(nodes, declaration, inputs, where)
    const unified: Node = { ...partial, attrs, outputs: [] }
    const shapes = this.#outputShapes(nodes, unified, declaration, where)
    for (const [index, output] of first.outputs.entries()) {
      const name = output.name === undefined ? {} : { name: output.name }
      const value = createValue(shapes[index]!, output.dtype, name)
      value.node = unified
      unified.outputs.push(value)
      this.#values.set(output, value)
      for (const size of shapes[index]!) this.#sizes.know(size)
    }
    return unified
  }

  #value(values: readonly Value[], where = '', near: readonly Dim[] = []): Value {
    const [first] = values as [Value]
    let unified = this.#values.get(first)
    if (unified === undefined) {
      const isOther = values.some((value) => isConstant(value) !== isConstant(first))
      if (isOther || !isConstant(first)) throw structureError(where, 'other inputs')
      unified = unifyConstant(values, {
        where,
        find: (samples) => this.#sizes.find(samples, near),
        about: (test) => this.#sizes.about(test),
        divisors: () => this.#sizes.divisors(),
        add: (node) => this.#growing.push(node),
      })
      this.#values.set(first, unified)
    }
    return unified
  }

  #attrs(
    nodes: readonly Node[],
    declaration: KernelDeclaration | undefined,
    inputs: readonly (Value | undefined)[],
    where: string,
  ): Attrs {
    const near = inputs.flatMap((input) => input?.shape ?? [])
    const [first] = nodes as [Node]
    return Object.fromEntries(
      Object.keys(first.attrs).map((name) => {
        const values = nodes.map(({ attrs }) => attrs[name])
        const maySize = declaration?.sizeAttrs?.includes(name) ?? false
        return [name, this.#attr(values, near, maySize, `${where} ${name}`)]
      }),
    )
  }

  #attr(
    values: readonly AttrValue[],
    near: readonly Dim[],
    maySize: boolean,
    where: string,
  ): AttrValue {
    const [first] = values
    if (values.every((value) => Object.is(value, first))) return first
    if (values.every((value) => typeof value === 'number')) {
      const samples = values as number[]
      const size = maySize ? this.#sizes.find(samples, near) : undefined
      if (size !== undefined) return size
      throw dependsError(where, samples, maySize)
    }
    if (values.every((value) => Array.isArray(value) && value.length === (first as []).length)) {
      return (first as readonly AttrValue[]).map((_, index) =>
        this.#attr(
          values.map((value) => (value as readonly AttrValue[])[index]),
          near,
          maySize,
          where,
        ),
      )
    }
    throw structureError(where, [...new Set(values.map(String))].slice(0, 4).join(' and '))
  }

  /** Graphs that a node holds. A loop's variables have the sizes that they begin with, unless the body changes them. */
  #graphAttrs(nodes: readonly Node[], { inputs }: Pick<Node, 'inputs'>): Attrs {
    const [first] = nodes as [Node]
    return Object.fromEntries(
      Object.keys(first.attrs).map((name) => {
        if (!isGraph(first.attrs[name])) return [name, first.attrs[name]]
        const graphs = nodes.map(({ attrs }) => attrs[name] as Graph)
        const given = graphs[0]!.inputs.map(({ from }, index) => {
          if (from !== undefined) return inputs[from]!.shape
          // States of a scan keep their sizes; of sequences the body takes a slice.
          if (isScan(first)) {
            const { shape } = inputs[index]!
            return index < (first.attrs.states as number) ? shape : shape.slice(1)
          }
          // The first input of a loop is the condition.
          return this.#kept(
            nodes.map((node) => node.inputs[index + 1]!.shape),
            graphs.map((graph) => graph.inputs[index]!.value.shape),
            inputs[index + 1]!.shape,
          )
        })
        return [name, this.graph(graphs, given)]
      }),
    )
  }

  /** Sizes that stay as they were before; fresh ones where they do not. */
  #kept(before: readonly Shape[], after: readonly Shape[], unified: Shape): Shape {
    return unified.map((size, axis) => {
      const isKept = after.every((shape, index) => shape[axis] === before[index]![axis])
      const samples = after.map((shape) => shape[axis] as number)
      return isKept ? size : (this.#sizes.same(samples) ?? this.#fresh('size', samples))
    })
  }

  #outputShapes(
    nodes: readonly Node[],
    unified: Node,
    declaration: KernelDeclaration | undefined,
    where: string,
  ): Shape[] {
    const samples = nodes[0]!.outputs.map(({ shape }, output) =>
      shape.map((_, axis) => nodes.map((node) => node.outputs[output]!.shape[axis] as number)),
    )
    const isFixed = samples.flat().every((each) => each.every((size) => size === each[0]))
    if (isFixed) return nodes[0]!.outputs.map(({ shape }) => shape)
    if (unified.op === 'If') return this.#branchShapes(nodes, unified)
    if (unified.op === 'Loop') return this.#loopShapes(nodes, unified)
    if (isScan(unified)) return scanShapes(unified)
    const inferred = this.#inferred(unified, declaration, samples)
    return samples.map((shape, output) =>
      shape.map((each, axis) => {
        const size = inferred?.[output]?.[axis]
        if (size !== undefined && agrees(size, each)) return size
        const near = unified.inputs.flatMap((input) => input?.shape ?? [])
        const found = this.#sizes.find(each, near)
        if (found === undefined) throw dependsError(where, each, true)
        return found
      }),
    )
  }

  /** By the kernel's own rule. Sizes that follow from numbers are free. */
  #inferred(
    node: Node,
    declaration: KernelDeclaration | undefined,
    samples: readonly (readonly (readonly number[])[])[],
  ): readonly Shape[] | undefined {
    if (declaration === undefined) return undefined
    const inputs = Object.fromEntries(
      node.inputNames.flatMap((name, index): [string, SizedSpec][] => {
        const value = node.inputs[index]
        return value === undefined ? [] : [[name, { shape: value.shape, dtype: value.dtype }]]
      }),
    )
    const marks: Dim[] = []
    try {
      const result = declaration.infer({
        inputs,
        attrs: node.attrs,
        constantOf: (name) => {
          const value = namedInput(node, name)
          return value?.sizes ?? (value?.data as TypedArray | undefined)
        },
        freeSize: () => {
          const mark = freeSize('mark', samples[0]![0] ?? [])
          marks.push(mark)
          return mark
        },
      })
      const specs = (Array.isArray(result) ? result : [result]) as readonly SizedSpec[]
      const made = new Map<Dim, Dim>()
      return specs.map(({ shape }, output) =>
        shape.map((size, axis) => {
          if (!marks.includes(size)) return size
          const known = made.get(size) ?? this.#fresh(`${node.op} size`, samples[output]![axis]!)
          made.set(size, known)
          return known
        }),
      )
    } catch {
      // A rule for numbers alone: the captures say what came out.
      return undefined
    }
  }

  #branchShapes(nodes: readonly Node[], unified: Node): Shape[] {
    const { then_branch, else_branch } = unified.attrs as Record<string, Graph>
    return nodes[0]!.outputs.map(({ shape }, output) => {
      const [a, b] = [then_branch!, else_branch!].map((graph) => graph.outputs[output]!.value.shape)
      return shape.map((_, axis) => {
        const samples = nodes.map((node) => node.outputs[output]!.shape[axis] as number)
        return sameDim(a![axis]!, b![axis]!) ? a![axis]! : this.#fresh('branch size', samples)
      })
    })
  }

  #loopShapes(nodes: readonly Node[], unified: Node): Shape[] {
    return nodes[0]!.outputs.map((_, output) =>
      this.#kept(
        nodes.map((node) => node.inputs[output + 1]!.shape),
        nodes.map((node) => node.outputs[output]!.shape),
        unified.inputs[output + 1]!.shape,
      ),
    )
  }
}

/** States as they begin, and rows for as many steps as the sequences have. */
function scanShapes(node: Node): Shape[] {
  const { states, sequences, rows } = scanParts(node)
  const [time] = sequences[0]!.outer.shape
  return [
    ...states.map(({ start }) => start.shape),
    ...rows.map(({ value }) => [time!, ...value.shape]),
  ]
}

/** Whether a size comes out as it was captured. */
function agrees(size: Dim, samples: readonly number[]): boolean {
  return typeof size === 'number'
    ? samples.every((sample) => sample === size)
    : samples.every((sample, index) => sample === size.samples[index])
}
