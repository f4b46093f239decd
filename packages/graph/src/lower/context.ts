import type { Attrs, Graph, Node, Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Layout } from './layout.ts'
import type { Target } from './target.ts'

/** A lowered tensor and the layout it lies in. */
export interface Placed {
  readonly value: Value
  readonly layout: Layout
}

/** What a lowering returns for each output: a value in layout `last`, or a value and its layout. */
export type Lowered = Value | Placed

/** What a kernel's lowering works with. */
export interface LowerContext<A = Attrs> {
  readonly builder: OnnxBuilder
  readonly attrs: A
  readonly target: Target
  /** The captured node: its logical inputs and outputs (channels last, as tfjs has them). */
  readonly node: Node
  /** The logical (captured) input, for its shape, dtype and constant numbers. Throws when it is missing. */
  logical(name: string): Value
  /** Whether an optional input is there. */
  has(name: string): boolean
  /** The lowered input in a layout (default `last`); converted at most once per value. */
  input(name: string, layout?: Layout): Value
  /** The layout in which an input was computed. */
  layoutOf(name: string): Layout
  /** All layouts in which an input is at hand without a conversion. */
  layoutsOf(name: string): readonly Layout[]
  /** The same of what an input comes of, which was lowered before: a sum may take the factors of a product in the place of the product. */
  readonly earlier: {
    input(value: Value, layout: Layout): Value
    layoutsOf(value: Value): readonly Layout[]
    /** How many nodes and results of the graph read it. */
    uses(value: Value): number
  }
  /** The captured node that alone reads a value; undefined where others do, too, or it is a result of the graph. */
  onlyReader(value: Value): Node | undefined
  /**
   * A graph that the node holds, lowered, for an ONNX node that holds it.
   *
   * @param attr the attribute that it is.
   * @param inputs what the ONNX node takes so far; what the graph takes of the graph around it is added.
   */
  subgraph(attr: string, inputs: (Value | undefined)[]): Graph
  /** Names of all inputs, in tfjs's order. */
  readonly names: readonly string[]
}
