import {
  type Attrs,
  createValue,
  type Dim,
  emitter,
  isConstant,
  kernelNode,
  type Node,
  nodesFor,
  type ScanParts,
  type ScanState,
  type Shape,
  type Taken,
  type Value,
} from '../ir/index.ts'
import { elementwiseSteps, type StepsContext } from '../ops/all-steps.ts'
import { findKernel } from '../ops/registry.ts'

/** What stands around a loop for a value of its body. */
interface Lifted {
  readonly value: Value
  /** Whether it has the time as its first axis: it is another one in each step. */
  readonly isStacked: boolean
}

/** A loop whose kernels are moved out of it, to before it or behind it. */
export class AroundScan {
  readonly parts: ScanParts
  readonly before: Node[] = []
  readonly behind: Node[] = []
  /** Rows that are computed around the loop, by what the loop gave. */
  readonly replaced: Map<Value, Value> = new Map<Value, Value>()
  readonly #time: Dim
  /** At hand before the loop, and behind it. */
  readonly #early = new Map<Value, Lifted>()
  readonly #late = new Map<Value, Lifted | undefined>()
  /** What next states need of the loop, but for those that only add up. */
  #core: ReadonlySet<Node> = new Set<Node>()

  constructor(parts: ScanParts, time: Dim) {
    this.parts = parts
    this.#time = time
    for (const { input, outer } of parts.sequences)
      this.#early.set(input, { value: outer, isStacked: true })
    for (const { input, outer } of parts.taken)
      this.#early.set(input, { value: outer, isStacked: false })
  }

  /** Computes a kernel before the loop, if that can be done. */
  lift(node: Node): boolean {
    const inputs = node.inputs.map((input) => input && this.#earlyOf(input))
    if (inputs.some((input, index) => input === undefined && node.inputs[index] !== undefined))
      return false
    const lifted = this.#computed(node, (value) => this.#earlyOf(value), this.before)
    if (lifted === undefined) return false
    for (const [index, each] of lifted.entries()) this.#early.set(node.outputs[index]!, each)
    return true
  }

  /** Computes the rows that no state needs behind the loop, as far as that can be done for all steps at once. */
  sinkRows(): void {
    // Rows that this asks for come on top.
    for (const { value, outer } of [...this.parts.rows]) {
      const sunk = this.#sunk(value)
      if (sunk?.isStacked === true) this.replaced.set(outer, sunk.value)
    }
    this.parts.rows = this.parts.rows.filter(({ outer }) => !this.replaced.has(outer))
  }

  /** Says which states the loop is there for. */
  keepFor(states: readonly ScanState[]): void {
    this.#core = nodesFor(
      this.parts.nodes,
      states.map(({ next }) => next),
    )
  }

  /** The sum over all steps of a value, computed behind the loop; undefined where it is better added up in the loop. */
  sumOf(value: Value): Value | undefined {
    const { node } = value
    const rule = node && findKernel(node.op)?.sumOfSteps
    if (node === undefined || rule === undefined || node.outputs.length !== 1) {
      return this.#sumOfEarly(value)
    }
    const context = this.#context(node, (each) => this.#lateOf(each), this.behind)
    const sumOf = (name: string) => this.sumOf(node.inputs[node.inputNames.indexOf(name)]!)
    return rule({ ...context, sumOf } as never) ?? this.#sumOfEarly(value)
  }

  /** Of what is at hand for all steps anyway. */
  #sumOfEarly(value: Value): Value | undefined {
    const early = this.#early.get(value)
    if (early?.isStacked !== true || value.dtype !== 'float32') return undefined
    const attrs = { axis: [0], keepDims: false }
    return emitter(this.behind, this.parts.scope)('Sum', { x: early.value }, value.shape, attrs)
  }

  /** The loop with what is left in it. */
  finish(): ScanParts {
    const { parts } = this
    const results = [
      ...parts.states.map(({ next }) => next),
      ...parts.rows.map(({ value }) => value),
    ]
    const needed = nodesFor(parts.nodes, results)
    parts.nodes = parts.nodes.filter((node) => needed.has(node))
    const read = new Set(results)
    for (const { inputs } of parts.nodes) for (const input of inputs) if (input) read.add(input)
    const states = new Set(parts.states.map(({ input }) => input))
    const sequences: Taken[] = []
    const taken: Taken[] = []
    for (const value of read) {
      const lifted = states.has(value) ? undefined : this.#early.get(value)
      if (lifted === undefined) continue
      // An input now.
      value.node = undefined
      ;(lifted.isStacked ? sequences : taken).push({ input: value, outer: lifted.value })
    }
    // The number of steps is that of the sequences.
    if (sequences.length === 0) sequences.push(parts.sequences[0]!)
    return { ...parts, sequences, taken }
  }

  #earlyOf(value: Value): Lifted | undefined {
    return isConstant(value) ? { value, isStacked: false } : this.#early.get(value)
  }

  /** What stays in the loop comes out of it as rows. */
  #lateOf(value: Value): Lifted {
    const sunk = this.#sunk(value)
    if (sunk !== undefined) return sunk
    let row = this.parts.rows.find((each) => each.value === value)
    if (row === undefined) {
      row = { value, outer: createValue([this.#time, ...value.shape], value.dtype) }
      this.parts.rows.push(row)
    }
    return { value: row.outer, isStacked: true }
  }

  /** A value that is at hand before the loop, or computed behind it. */
  #sunk(value: Value): Lifted | undefined {
    const early = this.#earlyOf(value)
    if (early !== undefined) return early
    const { node } = value
    // What the loop computes anyway comes out of it; another shape of the same numbers does not.
    const isComputed = node === undefined || (this.#core.has(node) && !findKernel(node.op)?.isView)
    if (isComputed || this.#late.has(value)) return this.#late.get(value)
    const lifted = this.#computed(node, (each) => this.#lateOf(each), this.behind)
    for (const [index, output] of node.outputs.entries()) this.#late.set(output, lifted?.[index])
    return this.#late.get(value)
  }

  /** A kernel for all steps at once; one that is the same in each is computed as it is. */
  #computed(
    node: Node,
    find: (value: Value) => Lifted | undefined,
    made: Node[],
  ): readonly Lifted[] | undefined {
    if (node.formals !== undefined) return undefined
    const context = this.#context(node, find, made)
    if (!node.inputNames.some((name) => context.isStacked(name))) {
      const inputs = Object.fromEntries(node.inputNames.map((name) => [name, context.input(name)]))
      const outputs = node.outputs.map(({ shape, dtype }) => createValue(shape, dtype))
      made.push(kernelNode(node.op, inputs, outputs, node))
      return outputs.map((value) => ({ value, isStacked: false }))
    }
    const declaration = findKernel(node.op)
    const rule =
      declaration?.allSteps ?? (declaration?.exact?.of === undefined ? undefined : elementwiseSteps)
    return rule?.(context as never)?.map((value) => ({ value, isStacked: true }))
  }

  #context(node: Node, find: (value: Value) => Lifted | undefined, made: Node[]): StepsContext {
    const { scope } = node
    const time = this.#time
    const lifted = (name: string) => find(node.inputs[node.inputNames.indexOf(name)]!)!
    const emit = emitter(made, scope)
    return {
      node,
      attrs: node.attrs,
      time,
      has: (name) => node.inputNames.includes(name),
      isStacked: (name) => lifted(name).isStacked,
      input: (name) => lifted(name).value,
      call: (op: string, inputs: Readonly<Record<string, Value>>, shape: Shape, attrs?: Attrs) =>
        emit(op, inputs, shape, attrs),
      again: (inputs, attrs) => {
        const outputs = node.outputs.map((each) => createValue([time, ...each.shape], each.dtype))
        made.push(kernelNode(node.op, inputs, outputs, { attrs, scope }))
        return outputs
      },
    }
  }
}
