import type { AttributeValue, OnnxGraph, OnnxNode } from '../file/graph.ts'
import type { FileTensor } from '../file/tensor.ts'
import type { Value } from '../value/value.ts'

/** What a graph within a node takes of the graph around it, and how it is run. */
export interface GraphRunner {
  /** Runs a graph; `inputs` are its own inputs, in their order. What it takes by name it finds around it. */
  run(graph: OnnxGraph, inputs: readonly Value[]): Value[]
}

/** One use of an operator. */
export interface Call<Attributes = Readonly<Record<string, unknown>>> {
  readonly node: OnnxNode
  /** For messages: the node and its op. */
  readonly where: string
  /** Undefined for one that is left out. */
  readonly inputs: readonly (Value | undefined)[]
  /** As the node has them, defaults filled in. */
  readonly attributes: Attributes
  /** Version of the operator set. */
  readonly opset: number
  readonly training: boolean
  readonly runner: GraphRunner
  /** An input that must be given. */
  input(index: number): Value
  /** Known numbers of an input. */
  numbers(index: number, what: string): readonly number[]
  /** Statistics that a training step changes: an assignment to the weight behind an input. */
  update(index: number, value: (before: Value) => Value): void
}

/** Default of an attribute that has none: absent, of a kind. */
export const absent: {
  readonly number: number | undefined
  readonly numbers: readonly number[] | undefined
  readonly string: string | undefined
  readonly strings: readonly string[] | undefined
  readonly tensor: FileTensor | undefined
  readonly graph: OnnxGraph | undefined
  readonly any: AttributeValue | undefined
} = {
  number: undefined,
  numbers: undefined,
  string: undefined,
  strings: undefined,
  tensor: undefined,
  graph: undefined,
  any: undefined,
}

/** Attributes by name with their defaults. */
export type Defaults = Readonly<Record<string, AttributeValue | undefined>>

/** Types of attributes as `run` sees them: a default of 0 says a number, not 0. */
export type Widened<D extends Defaults> = {
  readonly [K in keyof D]: D[K] extends number
    ? number
    : D[K] extends string
      ? string
      : D[K] extends readonly number[]
        ? readonly number[]
        : D[K]
}

/** What is known of the inputs of a node. */
export interface KnownInputs {
  readonly count: number
  readonly node: OnnxNode
  /** Whether none of an input's numbers is below 0. */
  isNonNegative(index: number): boolean
  /** An input of one number that is the same always. */
  number(index: number): number | undefined
}

/** For operators that give nothing below 0, whatever they take. */
export const always = (): boolean => true

/** For operators that give nothing below 0 where they take nothing below it. */
export function ofNonNegative({ count, isNonNegative }: KnownInputs): boolean {
  return Array.from({ length: count }, (_, index) => index).every(isNonNegative)
}

/** The same where the first input alone counts. */
export function ofNonNegativeFirst({ isNonNegative }: KnownInputs): boolean {
  return isNonNegative(0)
}

/** An ONNX operator, declared once: all that anybody asks about it stands here. */
export interface Operator<D extends Defaults = Defaults> {
  /** Its name; several where they differ in `run` alone by it. */
  readonly op: string
  /** `''` (default) for the standard. */
  readonly domain?: string
  /** First and last version of the operator set that this declaration is for; all of them by default. */
  readonly opsets?: readonly [from: number, to: number]
  /** What it may have, with defaults; any other attribute is refused. */
  readonly attributes?: D
  /** Places of inputs whose numbers say what is computed, such as shapes: they are no weights and must be known. `'all'` where none can be a weight. */
  readonly constants?: readonly number[] | 'all'
  /** Places of inputs that are statistics: weights that no optimizer changes. */
  readonly statistics?: readonly number[]
  /** Places of weights, and the order that their axes are best kept in. */
  readonly weightOrders?: (call: {
    readonly attributes: Widened<D>
  }) => Readonly<Record<number, (rank: number) => readonly number[]>>
  /** What it is in TensorFlow.js. */
  readonly run?: (call: Call<Widened<D>>) => Value | readonly (Value | undefined)[]
  /** The same in plain numbers where all inputs are known; undefined where there are too many of them to be worth it. */
  readonly host?: (call: Call<Widened<D>>) => Value | readonly Value[] | undefined
  /** Whether it may make many numbers of few, or holds graphs: then `run` is not called for known numbers alone. */
  readonly isLarge?: true
  /** Whether it gives numbers of its first input, or of all of them, as they are: in another order or shape, or some of them. */
  readonly handsOn?: 'first' | 'all'
  /** Whether it gives no number below 0; left out where that is not known. */
  readonly isNonNegative?: (inputs: KnownInputs) => boolean
  /** Whether it rounds floats to whole numbers with a scale. */
  readonly rounds?: true
  /** Why it can't be, for an operator that is known and refused. */
  readonly refused?: string
  /** What in a node of it can't be; undefined for a node that can. */
  readonly refuses?: (call: {
    readonly node: OnnxNode
    readonly attributes: Widened<D>
    readonly opset: number
  }) => string | undefined
}

/** Declares an operator. */
export function operator<const D extends Defaults>(declaration: Operator<D>): Operator {
  return declaration as unknown as Operator
}
