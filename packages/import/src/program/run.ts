import { ShapeError } from '@ashlar/errors'
import { onHost } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import type { OnnxGraph, OnnxNode } from '../file/graph.ts'
import { constantValue, mostKnown } from '../ops/constants.ts'
import type { Call, GraphRunner } from '../ops/operator.ts'
import { findOperator, readAttributes } from '../ops/table.ts'
import { Value } from '../value/value.ts'

/** What a run needs besides its values. */
export interface RunOptions {
  readonly opsets: ReadonlyMap<string, number>
  readonly training: boolean
  /** Runs a node as part of the layer that its weights belong to; just runs it where there is none. */
  readonly within: (node: OnnxNode, inputs: readonly (Value | undefined)[], run: NodeRun) => Outputs
  /** Changes the weight of a name. */
  readonly update: (name: string, value: (before: Value) => Value) => void
}

/** What a node gives. */
export type Outputs = readonly (Value | undefined)[]

/** Computes a node from its inputs. */
export type NodeRun = (inputs: readonly (Value | undefined)[], training: boolean) => Outputs

/** Names of values, and those of the graph around. */
export class Scope {
  readonly #values = new Map<string, Value>()
  readonly #outer: Scope | undefined

  constructor(outer?: Scope) {
    this.#outer = outer
  }

  get(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#outer?.get(name)
  }

  set(name: string, value: Value): void {
    this.#values.set(name, value)
  }
}

/** Runs nodes in their order; what they give is in the scope then. */
export function runNodes(nodes: readonly OnnxNode[], scope: Scope, options: RunOptions): void {
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => {
      if (name === '') return undefined
      const value = scope.get(name)
      if (value !== undefined) return value
      throw new ShapeError({
        where: whereOf(node),
        expected: `its input ${JSON.stringify(name)} must be computed before it`,
        hint: 'The nodes of the file are out of order, or it is cut off.',
      })
    })
    const run: NodeRun = (given, training) => runNode(node, given, training, scope, options)
    const outputs = options.within(node, inputs, run)
    for (const [index, name] of node.outputs.entries()) {
      const value = outputs[index]
      if (name !== '' && value !== undefined) scope.set(name, value)
    }
  }
}

/** The node and its op, for messages. */
export function whereOf(node: OnnxNode): string {
  return `${node.name} (${node.op})`
}

function runNode(
  node: OnnxNode,
  inputs: readonly (Value | undefined)[],
  training: boolean,
  scope: Scope,
  options: RunOptions,
): Outputs {
  const declaration = findOperator(node, options.opsets)!
  const where = whereOf(node)
  const runner: GraphRunner = {
    run: (graph, given) => runGraph(graph, given, new Scope(scope), { ...options, training }),
  }
  const input = (given: readonly (Value | undefined)[], index: number): Value => {
    const value = given[index]
    if (value !== undefined) return value
    throw new ShapeError({ where, expected: `input ${index} must be given` })
  }
  const callWith = (given: readonly (Value | undefined)[]): Call => ({
    ...{ node, where, training, runner, inputs: given },
    attributes: readAttributes(node, declaration),
    opset: options.opsets.get(node.domain) ?? 1,
    input: (index) => input(given, index),
    numbers: (index, what) => input(given, index).numbers(where, what),
    update: (index, value) => options.update(node.inputs[index]!, value),
  })
  const call = callWith(inputs)
  const asList = (result: Value | Outputs): Outputs => (result instanceof Value ? [result] : result)
  const computed = () => asList(declaration.run!(call as never))
  const isKnown = inputs.every((each) => each === undefined || each.host !== undefined)
  const most = mostKnown(inputs)
  const isSmall = inputs.every((each) => each === undefined || each.size <= most)
  if (!isKnown || !isSmall || inputs.length === 0) return computed()
  const host = declaration.host?.(call as never)
  if (host === undefined && declaration.isLarge) return computed()
  const known = host === undefined ? onCpu(computed) : asList(host)
  // What is the same at any size of the inputs is a constant; the rest is computed by the network, where it needs it.
  const isFixed = inputs.every((each) => each === undefined || each.isFixed)
  if (isFixed) return known
  return known.map((value, index) => value && varying(value, () => computed()[index]!))
}

/** The same numbers, which follow from sizes of inputs; of a sequence those of its values. */
function varying(value: Value, recipe: () => Value): Value {
  const { type, shape, host, items } = value
  if (items !== undefined) {
    const own = items.map((item, at) => varying(item, () => recipe().items![at]!))
    return Value.sequence(type, own, { isFixed: false })
  }
  return host === undefined ? value : Value.known(type, shape, host, { isFixed: false, recipe })
}

/** Results of known numbers, as numbers. */
function onCpu(computed: () => Outputs): Outputs {
  return onHost(() => {
    let outputs: Outputs = []
    tf.tidy(() => {
      outputs = computed().map(settled)
    })
    return outputs
  })
}

/** A result of known numbers as numbers. */
function settled(value: Value | undefined): Value | undefined {
  if (value === undefined || value.host !== undefined) return value
  if (value.items !== undefined) {
    return Value.sequence(
      value.type,
      value.items.map((item) => settled(item)!),
      { isFixed: value.isFixed },
    )
  }
  const plain = value.plain()
  const data =
    plain.dtype === 'string'
      ? (plain.dataSync() as unknown as string[])
      : Array.from(plain.dataSync())
  return Value.known(value.type, value.shape, data)
}

/** Runs a graph on values for its own inputs. */
export function runGraph(
  graph: OnnxGraph,
  inputs: readonly Value[],
  scope: Scope,
  options: RunOptions,
): Value[] {
  for (const [name, tensor] of graph.initializers) scope.set(name, constantValue(tensor))
  for (const [index, { name }] of graph.inputs.entries()) {
    const value = inputs[index]
    if (value !== undefined) scope.set(name, value)
  }
  runNodes(graph.nodes, scope, options)
  return graph.outputs.map(({ name }) => scope.get(name)!)
}
