import type * as tf from '@tensorflow/tfjs'

/** A node of a TensorFlow graph, as tfjs holds it. */
export interface GraphNode {
  readonly name: string
  readonly op: string
  /** Which of tfjs's executors runs it; undefined for an op that tfjs does not know. */
  category?: string
  /** As they stand in the file, with the index of the output that is not the first: `split:1`. Control inputs are among them. */
  readonly inputNames: readonly string[]
  readonly inputs: readonly GraphNode[]
  readonly children: readonly GraphNode[]
  /** As they stand in the file. */
  readonly rawAttrs?: Readonly<Record<string, unknown>>
  readonly attrParams: Readonly<Record<string, { readonly value?: unknown } | undefined>>
}

/** Nodes by name, with those that a graph begins and ends with. */
export interface NodeGraph {
  readonly nodes: Readonly<Record<string, GraphNode>>
  readonly inputs: readonly GraphNode[]
  readonly outputs: readonly GraphNode[]
}

/** What runs a graph, or a function of its library. tfjs keeps it to itself; the tests check this against the pinned tfjs. */
export interface GraphExecutor {
  readonly graph: NodeGraph
  readonly functionExecutorMap: Readonly<Record<string, GraphExecutor>>
  readonly weightMap: Readonly<Record<string, readonly tf.Tensor[]>>
  readonly inputs: readonly { readonly name: string }[]
  executeFunctionAsync(inputs: tf.Tensor[], arrays: object, lists: object): Promise<tf.Tensor[]>
  /** Takes and gives tensors of any node. `isFunction` leaves out the checks of inputs. */
  _executeAsync(
    inputs: Readonly<Record<string, tf.Tensor>>,
    outputs: readonly string[],
    isFunction: boolean,
  ): Promise<tf.Tensor[]>
}

/** The executor of a model. */
export function executorOf(network: tf.GraphModel): GraphExecutor {
  return (network as unknown as { readonly executor: GraphExecutor }).executor
}

/** A node's call while a graph is recorded. */
export interface NodeCall {
  readonly node: GraphNode
  /** In the order of `node.inputNames`. */
  readonly inputs: readonly tf.Tensor[]
}

/** What takes the place of an op of tfjs's while a graph is recorded. */
export type NodeOp = (call: NodeCall) => tf.Tensor | tf.Tensor[] | Promise<tf.Tensor[]>
