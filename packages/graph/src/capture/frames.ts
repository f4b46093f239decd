import { EngineError } from '@ashlar/errors'
import { createValue, type Graph, isConstant, type Value } from '../ir/index.ts'

/** A graph that is being recorded, and what it takes of the graph around it. */
export interface Frame {
  readonly graph: Graph
  /** Values of the graph around, in the order of the first use, with what stands for each here. */
  readonly taken: Map<Value, Value>
}

/** Keeps which graph is being recorded, the branches and loop bodies within it, and which of them each value belongs to. */
export class Frames {
  readonly #stack: Frame[]
  readonly #owners = new Map<Value, Frame>()

  constructor(graph: Graph) {
    this.#stack = [{ graph, taken: new Map() }]
  }

  /** The graph that kernels are added to now. */
  get current(): Graph {
    return this.#stack.at(-1)!.graph
  }

  /** Whether a branch or a loop body is being recorded. */
  get isNested(): boolean {
    return this.#stack.length > 1
  }

  open(graph: Graph): Frame {
    const frame = { graph, taken: new Map<Value, Value>() }
    this.#stack.push(frame)
    return frame
  }

  close(): void {
    this.#stack.pop()
  }

  /** Says that a value belongs to the graph that is being recorded, or to the outermost one. */
  own(value: Value, where: 'current' | 'outermost' = 'current'): void {
    this.#owners.set(value, where === 'current' ? this.#stack.at(-1)! : this.#stack[0]!)
  }

  /**
   * What stands for a value in the graph that is being recorded: itself, or an input that brings it in.
   *
   * @throws EngineError for a value of a branch or loop that is over, and for complex numbers from outside.
   */
  here(value: Value): Value {
    if (this.#stack.length === 1 && !this.#owners.has(value)) return value
    if (isConstant(value)) return value
    const owner = this.#owners.get(value)
    const depth = owner === undefined ? 0 : this.#stack.indexOf(owner)
    if (depth < 0) {
      throw new EngineError({
        where: 'capture',
        expected: 'a tensor made in a branch or loop must be returned from it to be used outside',
      })
    }
    let inner = value
    for (const frame of this.#stack.slice(depth + 1)) inner = this.#take(frame, inner)
    return inner
  }

  #take(frame: Frame, value: Value): Value {
    const known = frame.taken.get(value)
    if (known !== undefined) return known
    if (value.dtype === 'complex64') {
      throw new EngineError({
        where: 'capture',
        expected: 'a branch or loop must not use complex numbers from outside of it',
        hint: 'Take tf.real() and tf.imag() before it.',
      })
    }
    const inner = createValue(value.shape, value.dtype)
    frame.taken.set(value, inner)
    this.#owners.set(inner, frame)
    return inner
  }
}
