import {
  createValue,
  type Graph,
  isConstant,
  type SymbolicDim,
  type Value,
} from '../../ir/index.ts'

/** What a graph that a node holds can have of the graph around it. */
export interface OuterGraph {
  /** The lowered value of one of the node's inputs. */
  valueOf(from: number): Value
  sizeOf(size: SymbolicDim): Value | undefined
  /** A constant that follows sizes which are known there. */
  constantOf(constant: Value): Value | undefined
  /** Makes a value an input of the node; tells which. */
  place(value: Value): number
}

/** Values of the graph around in a graph that a node holds: each comes in once, as an input that says which of the node's it is. */
export class OuterValues {
  readonly #graph: Graph
  readonly #outer: OuterGraph | undefined
  readonly #taken = new Map<Value, Value>()

  /** @param outer undefined for the outermost graph, which brings nothing in. */
  constructor(graph: Graph, outer: OuterGraph | undefined) {
    this.#graph = graph
    this.#outer = outer
  }

  /** What stands in the graph for one of the inputs of the node that holds it. */
  inputOf(from: number): Value {
    return this.#bringIn(this.#outer!.valueOf(from))
  }

  sizeOf(size: SymbolicDim): Value | undefined {
    const outer = this.#outer?.sizeOf(size)
    return outer && this.#bringIn(outer)
  }

  constantOf(constant: Value): Value | undefined {
    const outer = this.#outer?.constantOf(constant)
    return outer && this.#bringIn(outer)
  }

  #bringIn(outer: Value): Value {
    if (isConstant(outer)) return outer
    let inner = this.#taken.get(outer)
    if (inner === undefined) {
      inner = createValue(outer.shape, outer.dtype)
      this.#taken.set(outer, inner)
      this.#graph.inputs.push({
        name: '',
        value: inner,
        state: false,
        from: this.#outer!.place(outer),
      })
    }
    return inner
  }
}
