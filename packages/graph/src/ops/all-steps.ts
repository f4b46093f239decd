import {
  type Attrs,
  type Dim,
  type Node,
  type Shape,
  sameShape,
  sizeOf,
  type Value,
} from '../ir/index.ts'

/** What a kernel works with that is computed for all steps of a sequence at once. */
export interface StepsContext<A = Attrs> {
  /** The kernel as it is called in each step. */
  readonly node: Node
  readonly attrs: A
  /** Number of steps. */
  readonly time: Dim
  readonly has: (name: string) => boolean
  /** Whether an input is another one in each step. */
  isStacked(name: string): boolean
  /** An input of all steps: with the time as its first axis if it is another one in each, else as it is. */
  input(name: string): Value
  /** Calls a kernel of one output. */
  call(op: string, inputs: Readonly<Record<string, Value>>, shape: Shape, attrs?: Attrs): Value
  /** Calls this one on other inputs. Its outputs have the time as their first axis. */
  again(inputs: Readonly<Record<string, Value>>, attrs: Attrs): readonly Value[]
}

/** A kernel for all steps at once: its outputs, with the time as their first axis; undefined where it must be computed step by step. */
export type AllSteps<A = Attrs> = (context: StepsContext<A>) => readonly Value[] | undefined

/** The sum of its one output over all steps. */
export type SumOfSteps<A = Attrs> = (
  context: StepsContext<A> & {
    /** The same of an input; undefined where it can't be had. */
    sumOf(name: string): Value | undefined
  },
) => Value | undefined

/** A stacked input at a rank, with axes of one behind the time. */
export function stackedAt(
  { call, node, input, isStacked }: Pick<StepsContext, 'call' | 'node' | 'input' | 'isStacked'>,
  name: string,
  rank: number,
): Value {
  const value = input(name)
  if (!isStacked(name)) return value
  const step = node.inputs[node.inputNames.indexOf(name)]!.shape
  if (step.length >= rank) return value
  const ones = Array.from({ length: rank - step.length }, () => 1)
  const shape = [value.shape[0]!, ...ones, ...step]
  return call('Reshape', { x: value }, shape, { shape })
}

/** Works number by number: broadcasting goes by the last axes. */
export const elementwiseSteps: AllSteps<object> = (context) => {
  const { node, attrs, again } = context
  const rank = node.outputs[0]!.shape.length
  const inputs = node.inputNames.map((name) => [name, stackedAt(context, name, rank)] as const)
  return again(Object.fromEntries(inputs), attrs as Attrs)
}

/** The same on each step, with attributes that make room for the time. */
export function withTime<A>(attrsOf: (attrs: A, context: StepsContext<A>) => object): AllSteps<A> {
  return (context) => {
    const { node, attrs, again, input, isStacked } = context
    // What is the same in each step would have to be repeated.
    if (!node.inputNames.every(isStacked)) return undefined
    const inputs = node.inputNames.map((name) => [name, input(name)] as const)
    return again(Object.fromEntries(inputs), attrsOf(attrs, context) as Attrs)
  }
}

/** An axis behind the time. */
export function axisBehindTime(axis: number, rank: number): number {
  return axis < 0 ? axis + rank + 1 : axis + 1
}

/** All steps of a batch as one larger batch: the first two axes of a stacked input as one. */
export function asBatch(
  { call, input }: Pick<StepsContext, 'call' | 'input'>,
  name: string,
): Value {
  const value = input(name)
  const shape = [sizeOf(value.shape.slice(0, 2)), ...value.shape.slice(2)]
  return call('Reshape', { x: value }, shape, { shape })
}

/** The kernel on images of all steps as one batch. */
export function asOneBatch(
  { node, attrs, time, call }: StepsContext<object>,
  inputs: Readonly<Record<string, Value>>,
  changed: object = {},
): readonly Value[] {
  const { shape } = node.outputs[0]!
  const whole = [sizeOf([time, shape[0]!]), ...shape.slice(1)]
  const result = call(node.op, inputs, whole, { ...attrs, ...changed })
  const parted = [time, ...shape]
  return [call('Reshape', { x: result }, parted, { shape: parted })]
}

/** Of kernels that give sums for sums: this one on the sums of all its inputs. */
export const again: SumOfSteps<object> = ({ node, attrs, sumOf, call }) => {
  const { shape } = node.outputs[0]!
  // What is broadcast, or no number of float32, is added up otherwise.
  const isPlain = node.inputs.every((input) => input!.dtype === 'float32')
  const isBroadcast =
    node.inputNames.includes('b') && !node.inputs.every((input) => sameShape(input!.shape, shape))
  if (!isPlain || isBroadcast) return undefined
  const sums: Record<string, Value> = {}
  for (const name of node.inputNames) {
    const sum = sumOf(name)
    if (sum === undefined) return undefined
    sums[name] = sum
  }
  return call(node.op, sums, shape, attrs as Attrs)
}

/** Of products with a factor that is the same in each step. */
export const factoredOut: SumOfSteps<object> = ({ node, attrs, isStacked, sumOf, input, call }) => {
  const { shape } = node.outputs[0]!
  const [one, other] = isStacked('a') ? ['a', 'b'] : ['b', 'a']
  const summed = node.inputs[node.inputNames.indexOf(one!)]!
  const isPlain = summed.dtype === 'float32' && sameShape(summed.shape, shape)
  const sum = isPlain && !isStacked(other!) ? sumOf(one!) : undefined
  return sum && call(node.op, { [one!]: sum, [other!]: input(other!) }, shape, attrs as Attrs)
}
