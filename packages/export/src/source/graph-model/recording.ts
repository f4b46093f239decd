import { type Carrier, condAsync, whileLoopAsync } from '@ashlar/graph'
import * as tf from '@tensorflow/tfjs'
import { freeSizeOps } from './data-dependent-ops.ts'
import type { GraphExecutor, GraphNode, NodeCall, NodeOp } from './executor.ts'
import { FrameReader } from './frames.ts'
import { TensorLists } from './tensor-lists.ts'

/** What tfjs gives an op that somebody registered, and keeps of it beside. */
interface CustomCall extends NodeCall {
  readonly context: object
}

/**
 * Runs a graph with control flow while it is captured: branches and loops that the numbers decide become branches and loops of the captured graph.
 * tfjs would have to know the numbers.
 *
 * tfjs runs the graph itself but for the ops here, which are registered for as long as it takes.
 */
export async function recordGraph(
  executor: GraphExecutor,
  feeds: Readonly<Record<string, tf.Tensor>>,
  outputs: readonly string[],
): Promise<tf.Tensor[]> {
  const lists = new TensorLists()
  const flow = new FunctionalFlow(executor, () => lists.carrier())
  const ops: Readonly<Record<string, NodeOp>> = { ...flow.ops, ...lists.ops, ...freeSizeOps }
  const turns = new Turns()
  for (const [op, run] of Object.entries(ops)) {
    tf.registerOp(op, (call) => {
      const { context, ...rest } = call as unknown as CustomCall
      return turns.take(context, () => run(rest)) as tf.Tensor[]
    })
  }
  const restore = redirect(executor, ops)
  try {
    return await new FrameReader(executor, () => lists.carrier()).evaluate(feeds, outputs)
  } finally {
    restore()
    for (const op of Object.keys(ops)) tf.deregisterOp(op)
  }
}

/** Makes tfjs run nodes by the registered ops; gives what puts things back. */
function redirect(executor: GraphExecutor, ops: Readonly<Record<string, NodeOp>>): () => void {
  const graphs = [executor, ...Object.values(executor.functionExecutorMap)]
  const changed = new Map<GraphNode, string>()
  for (const { graph } of graphs) {
    for (const node of Object.values(graph.nodes)) {
      if (node.category === undefined || !(node.op in ops)) continue
      changed.set(node, node.category)
      node.category = 'custom'
    }
  }
  return () => {
    for (const [node, category] of changed) node.category = category
  }
}

/** tfjs starts all nodes that are ready; what waits must come one after the other, so that only one branch is recorded at a time. */
class Turns {
  readonly #last = new WeakMap<object, Promise<unknown>>()

  /** @param context one run of a graph. */
  take<T>(context: object, run: () => T | Promise<T>): T | Promise<T> {
    const before = this.#last.get(context)
    const result = before === undefined ? run() : before.then(run)
    if (result instanceof Promise) {
      const settled = result.catch(() => undefined)
      this.#last.set(context, settled)
    }
    return result
  }
}

/** If and While, whose branches and bodies are functions of the graph's library. */
class FunctionalFlow {
  readonly #executor: GraphExecutor
  readonly #carrier: () => Carrier

  constructor(executor: GraphExecutor, carrier: () => Carrier) {
    this.#executor = executor
    this.#carrier = carrier
  }

  readonly #if: NodeOp = ({ node, inputs: [predicate, ...given] }) => {
    const branch = (name: string) => () => this.#call(node, name, given)
    return condAsync(predicate!, branch('thenBranch'), branch('elseBranch'), this.#carrier())
  }

  readonly #while: NodeOp = ({ node, inputs }) => {
    const count = this.#function(node, 'body').inputs.length
    return whileLoopAsync(
      (...variables) => this.#call(node, 'cond', variables),
      (...variables) => this.#call(node, 'body', variables),
      inputs.slice(0, count),
      this.#carrier(),
    )
  }

  readonly ops: Readonly<Record<string, NodeOp>> = {
    If: this.#if,
    StatelessIf: this.#if,
    While: this.#while,
    StatelessWhile: this.#while,
  }

  #function(node: GraphNode, attr: string): GraphExecutor {
    return this.#executor.functionExecutorMap[node.attrParams[attr]?.value as string]!
  }

  #call(node: GraphNode, attr: string, given: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
    const called = this.#function(node, attr)
    // Control inputs come last among a node's inputs.
    return called.executeFunctionAsync(given.slice(0, called.inputs.length), {}, {})
  }
}
