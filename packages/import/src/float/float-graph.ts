import { renamed } from '../file/functions.ts'
import { isGraph, type OnnxFile, type OnnxGraph, type OnnxNode } from '../file/graph.ts'
import type { FileTensor } from '../file/tensor.ts'
import { isFloat, isInteger } from '../file/types.ts'
import { findOperator } from '../ops/table.ts'
import { takenBy } from '../program/prepare.ts'
import { areEqual, boundsOf, floatsOf, type Grid, gridOf, roundedFloats } from './grid.ts'
import { plainName } from './plain-name.ts'
import { type QuantizedOperator, quantizedOperator } from './quantized-operators.ts'

/** A tensor of floats that was made of one of the file. */
export interface FloatWeight {
  /** The name that it has meanwhile. */
  readonly name: string
  /** The tensor of the file that it was made of; undefined for a constant that no tensor stands behind. */
  readonly of: string | undefined
  readonly tensor: FileTensor
}

/** A node of a graph that floats were put into, and the node of the file that it was; undefined for one that is new. */
export interface PlacedNode {
  readonly node: OnnxNode
  readonly origin: OnnxNode | undefined
}

/** Values beyond so many nodes are taken for anything. */
const FARTHEST = 40

/** Floats are asked for from so many nodes ahead, as from the end of any network; what lies farther, as in a file that is made to exhaust the stack, stays as it is. */
const DEEPEST = 1000

/** A quantized graph, and the floats that are made of it: values of whole numbers by the nodes that make them, from wherever floats are asked for. */
export class FloatGraph {
  readonly graph: OnnxGraph
  readonly #opsets: ReadonlyMap<string, number>
  readonly #maker = new Map<string, OnnxNode>()
  /** How often values are taken. */
  readonly #uses = new Map<string, number>()
  readonly #names: Set<string>
  /** Values that are other ones by now. */
  readonly #same = new Map<string, string>()
  /** What nodes give whose name means what comes behind the activation that was put in. */
  readonly #before = new Map<string, string>()
  readonly #replaced = new Map<OnnxNode, readonly OnnxNode[]>()
  readonly #behind = new Map<OnnxNode, OnnxNode[]>()
  readonly #activations = new Set<OnnxNode>()
  readonly #weights: (FloatWeight & { readonly grid?: Grid })[] = []
  readonly #nonNegative = new Map<string, boolean>()
  /** What rounds a value that is another by now, and what it takes instead. */
  readonly #rounding = new Map<OnnxNode, string>()
  /** How many nodes ahead floats are asked for just now. */
  #depth = 0
  /** Floats of values of whole numbers; undefined for those that can't be. */
  readonly #floats = new Map<string, { readonly float: string | undefined; readonly grid: Grid }>()

  constructor({ graph, opsets }: OnnxFile) {
    this.graph = graph
    this.#opsets = opsets
    this.#names = new Set([...graph.initializers.keys(), ...graph.inputs.map(({ name }) => name)])
    const used = (name: string) => this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1)
    for (const { name } of graph.outputs) used(name)
    for (const node of graph.nodes) {
      this.#take(node)
      for (const name of takenBy(node)) used(name)
    }
  }

  /** Tensors that were made. */
  get weights(): readonly FloatWeight[] {
    return this.#weights
  }

  /** Whether anything is another than in the file. */
  get isChanged(): boolean {
    return this.#replaced.size > 0
  }

  /** The node that makes a value. */
  makerOf(name: string): OnnxNode | undefined {
    return this.#maker.get(name)
  }

  /** The name under which floats are found now. */
  nameOf(name: string): string {
    return this.#same.get(name) ?? name
  }

  /** A name that nothing has. */
  unique(wanted: string): string {
    let name = wanted
    for (let count = 1; this.#names.has(name); count++) name = `${wanted}_${count}`
    this.#names.add(name)
    return name
  }

  /** What a node gives is another value. */
  standIn(node: OnnxNode, float: string): void {
    const [name = ''] = node.outputs
    const isOutput = this.graph.outputs.some((each) => each.name === name)
    const handed = { ...node, op: 'Identity', domain: '', inputs: [float], attributes: new Map() }
    this.replace(node, isOutput ? [handed] : [])
    if (!isOutput) this.#same.set(name, float)
  }

  /** Other nodes in the place of one. */
  replace(node: OnnxNode, others: readonly OnnxNode[]): void {
    this.#replaced.set(node, others)
    for (const each of others) this.#take(each)
  }

  /** The nodes with what was made of them, in their order. */
  nodes(): PlacedNode[] {
    return this.graph.nodes.flatMap((origin) => {
      const others = this.#replaced.get(origin)
      const own: PlacedNode[] =
        others === undefined
          ? [{ node: this.#finished(origin), origin }]
          : others.map((each) => ({ node: this.#finished(each), origin: undefined }))
      const behind = this.#behind.get(origin) ?? []
      return [...own, ...behind.map((each) => ({ node: this.#finished(each), origin: undefined }))]
    })
  }

  #finished(node: OnnxNode): OnnxNode {
    if (this.#activations.has(node)) return node
    const same = (name: string) => this.nameOf(name)
    const rounded = this.#rounding.get(node)
    const inputs = node.inputs.map(same)
    return {
      ...node,
      inputs: rounded === undefined ? inputs : [rounded, ...inputs.slice(1)],
      outputs: node.outputs.map((name) => this.#before.get(name) ?? name),
      attributes: new Map(
        [...node.attributes].map(([key, value]) => [
          key,
          isGraph(value) ? renamed(value, same) : value,
        ]),
      ),
    }
  }

  /** Keeps a tensor of floats, which was made of one of the file. */
  weight(of: string, shape: readonly number[], data: Float32Array, grid?: Grid): string {
    const name = this.unique(`${of}_float`)
    const tensor: FileTensor = { name, type: 'float32', shape, data }
    this.#weights.push({ name, of, tensor, ...(grid && { grid }) })
    return name
  }

  /** Floats of a tensor of whole numbers. */
  floatWeight(name: string, grid: Grid): string | undefined {
    const tensor = this.graph.initializers.get(name)
    if (tensor === undefined || !isInteger(tensor.type)) return undefined
    const before = this.#weights.find(
      (each) => each.of === name && each.grid && areEqual(each.grid, grid),
    )
    if (before !== undefined) return before.name
    const data = floatsOf(tensor, grid)
    return data && this.weight(name, tensor.shape, data, grid)
  }

  /**
   * The floats that a value of whole numbers stands for.
   *
   * @returns the name of the value; undefined where it has no such meaning.
   */
  floatOf(name: string, grid: Grid): string | undefined {
    if (this.graph.initializers.has(name)) return this.floatWeight(name, grid)
    const known = this.#floats.get(name)
    if (known !== undefined) return areEqual(known.grid, grid) ? known.float : undefined
    const node = this.#maker.get(name)
    // A file may have nodes that wait for each other: what is asked for again meanwhile is none.
    this.#floats.set(name, { float: undefined, grid })
    this.#depth++
    const float = node && this.#depth <= DEEPEST ? this.#floatBy(node, name, grid) : undefined
    this.#depth--
    this.#floats.set(name, { float, grid })
    return float
  }

  #floatBy(node: OnnxNode, name: string, grid: Grid): string | undefined {
    if (node.op === 'QuantizeLinear') return this.#rounded(node, grid)
    const handsOn = findOperator(node, this.#opsets)?.handsOn
    if (handsOn !== undefined) return this.#handedOn(node, name, grid, handsOn)
    const quantized = quantizedOperator(node)
    return quantized && this.#computed(node, quantized, grid)
  }

  /** What is rounded is what it was; weights are as they come out of it, so that a network begins as its file says. */
  #rounded(node: OnnxNode, grid: Grid): string | undefined {
    const { inputs, attributes } = node
    const own = gridOf(this.graph, {
      ...{ scale: inputs[1], zero: inputs[2] },
      ...{ axis: attributes.get('axis') ?? 1, block: attributes.get('block_size') ?? 0 },
    })
    if (own === undefined || !areEqual(own, grid)) return undefined
    const [x = ''] = inputs
    const constant = this.graph.initializers.get(x)
    if (constant === undefined) return this.#cutOff(node, this.nameOf(x), own)
    const data = isFloat(constant.type) ? roundedFloats(constant, own) : undefined
    return data && this.weight(x, constant.shape, data, own)
  }

  /** The same numbers moved: a node of floats beside that of whole ones. */
  #handedOn(node: OnnxNode, name: string, grid: Grid, which: 'first' | 'all'): string | undefined {
    if (grid.scales.length > 1) return undefined
    const own = which === 'all' ? node.inputs : node.inputs.slice(0, 1)
    const floats = own.map((each) => this.floatOf(each, grid))
    if (floats.some((each) => each === undefined)) return undefined
    const outputs = node.outputs.map((each) => each && this.#plain(each))
    for (const [index, each] of node.outputs.entries()) {
      this.#floats.set(each, { float: outputs[index], grid })
    }
    const inputs = [...(floats as string[]), ...node.inputs.slice(own.length)]
    this.#put(node, { ...node, inputs, outputs })
    return outputs[node.outputs.indexOf(name)]
  }

  /** What an operator on whole numbers computes, of floats. */
  #computed(node: OnnxNode, quantized: QuantizedOperator, grid: Grid): string | undefined {
    const [scale, zero] = quantized.output.map((place) => node.inputs[place])
    const own = gridOf(this.graph, { scale, zero })
    if (own === undefined || !areEqual(own, grid)) return undefined
    const float = this.floatNode(node, quantized)
    if (float === undefined) return undefined
    const value = this.#plain(node.outputs[0]!)
    this.#put(node, { ...float, outputs: [value] })
    return this.#cutOff(node, value, own)
  }

  /** The node of floats that one of whole numbers is; undefined where it is none. */
  floatNode(node: OnnxNode, quantized: QuantizedOperator): OnnxNode | undefined {
    const { inputs, attributes } = node
    const { op, float, bias, own = {}, values } = quantized
    for (const [name, wanted] of Object.entries(own)) {
      const given = attributes.get(name)
      if (wanted !== undefined && given !== undefined && given !== wanted) return undefined
    }
    const grids: Grid[] = []
    const floats: string[] = []
    for (const { value, scale, zero, axis } of values(node)) {
      const grid = gridOf(this.graph, { scale: inputs[scale], zero: inputs[zero], axis })
      const name = grid && this.floatOf(inputs[value] ?? '', grid)
      if (grid === undefined || name === undefined) return undefined
      grids.push(grid)
      floats.push(name)
    }
    const biasName = inputs[bias ?? -1] ?? ''
    if (biasName !== '') {
      const [{ scales: first }, second] = grids as [Grid, Grid]
      if (first.length > 1) return undefined
      const factor = first[0]! * (quantized.factor?.(node) ?? 1)
      const scales = second.scales.map((each) => factor * each)
      const name = this.floatWeight(biasName, { ...second, scales, zeros: [], axis: -1, block: 0 })
      if (name === undefined) return undefined
      floats.push(name)
    }
    const left = [...attributes].filter(([name]) => !Object.hasOwn(own, name))
    const name = node.name.replace(op, float).replace(/_quant$/, '')
    const made = { op: float, domain: '', inputs: floats, attributes: new Map(left) }
    return { ...node, name, ...made }
  }

  /** A value behind the activation that its rounding stands for. */
  #cutOff(node: OnnxNode, value: string, grid: Grid): string {
    const bounds = boundsOf(grid)
    if (bounds === undefined || this.#isFed(value) || this.#isNonNegative(value)) return value
    // Where nobody else takes it, the name means what comes behind.
    const isOwn = node.inputs[0] === value && this.#uses.get(value) === 1
    const from = isOwn ? this.unique(`${value}_before`) : value
    const to = isOwn ? value : this.unique(`${value}_after`)
    if (isOwn) {
      this.#before.set(value, from)
      // Its whole numbers may be needed all the same: they come before the activation, and end where that does.
      this.#rounding.set(node, from)
    }
    this.#nonNegative.set(to, true)
    const made = this.#activation(bounds, { ...node, domain: '', inputs: [from], outputs: [to] })
    this.#activations.add(made)
    this.#put(node, made)
    return to
  }

  #activation({ high }: { readonly high: number | undefined }, node: OnnxNode): OnnxNode {
    const name = `${node.name}/activation`
    if (high === undefined) return { ...node, name, op: 'Relu', attributes: new Map() }
    if ((this.#opsets.get('') ?? 1) < 11) {
      const limits = { min: 0, max: high }
      return { ...node, name, op: 'Clip', attributes: new Map(Object.entries(limits)) }
    }
    const limits = [0, high].map((each) => {
      const own = this.unique(`${name}/limit`)
      const data = Float32Array.of(each)
      const tensor: FileTensor = { name: own, type: 'float32', shape: [], data }
      this.#weights.push({ name: own, of: undefined, tensor })
      return own
    })
    return { ...node, name, op: 'Clip', inputs: [...node.inputs, ...limits], attributes: new Map() }
  }

  /** Whether a value is what the network is fed, in whatever order: that is not cut by an activation. */
  #isFed(name: string): boolean {
    const seen = new Set<string>()
    for (let from = name; !seen.has(from); ) {
      const node = this.#maker.get(from)
      if (node === undefined) return true
      if (findOperator(node, this.#opsets)?.handsOn !== 'first') return false
      seen.add(from)
      from = this.nameOf(node.inputs[0] ?? '')
    }
    return false
  }

  #isNonNegative(name: string, depth = 0): boolean {
    // Networks branch and join again: each value is asked once.
    const known = this.#nonNegative.get(name)
    if (known !== undefined) return known
    const found = this.#hasNoneBelow0(name, depth)
    this.#nonNegative.set(name, found)
    return found
  }

  #hasNoneBelow0(name: string, depth: number): boolean {
    const numbers = this.#tensorOf(name)?.data as readonly number[] | undefined
    if (numbers !== undefined) return numbers.every((each) => each >= 0)
    const node = this.#maker.get(name)
    if (node === undefined || depth > FARTHEST) return false
    const { handsOn, isNonNegative } = findOperator(node, this.#opsets) ?? {}
    const isInput = (index: number) =>
      this.#isNonNegative(this.nameOf(node.inputs[index] ?? ''), depth + 1)
    if (handsOn === 'first') return isInput(0)
    if (handsOn === 'all') return node.inputs.every((_, index) => isInput(index))
    const number = (index: number) => {
      const tensor = this.#tensorOf(node.inputs[index] ?? '')
      return tensor?.data.length === 1 ? Number(tensor.data[0]) : undefined
    }
    const known = { node, count: node.inputs.length, isNonNegative: isInput, number }
    return isNonNegative?.(known) ?? false
  }

  #tensorOf(name: string): FileTensor | undefined {
    const made = () => this.#weights.find((each) => each.name === name)?.tensor
    return this.graph.initializers.get(name) ?? made()
  }

  /** The name that a value had before it was quantized, where nothing has it. */
  #plain(name: string): string {
    const plain = plainName(name)
    return this.unique(plain === name ? `${name}_float` : plain)
  }

  /** Puts a node behind another. */
  #put(node: OnnxNode, made: OnnxNode): void {
    this.#behind.set(node, [...(this.#behind.get(node) ?? []), made])
    this.#take(made)
  }

  #take(node: OnnxNode): void {
    for (const name of node.outputs) {
      this.#maker.set(name, node)
      this.#names.add(name)
    }
  }
}
