import { type Graph, isConstant, type Node, sizeOf } from '../ir/index.ts'
import { nameValues, nodeName } from '../onnx/names.ts'
import { writeOnnx } from '../onnx/write.ts'
import { multiplyAdds } from '../ops/multiply-adds.ts'
import type { EngineOptions } from '../session/options.ts'
import { type ModelTensor, openOnnx } from './open-onnx.ts'
import { type NodeTime, nodeTimes, type ProfileEvent, profiled } from './profile.ts'

/** What the layers of a model take. */
export interface LayerTimes {
  /** Of a run, all nodes together; measuring makes it some percent slower than it is. */
  readonly milliseconds: number
  /**
   * By path of the layer. A layer that is computed together with another one has none: a batch norm that is folded into a convolution, an
   * activation that onnxruntime appends to it. The path `''` is for what belongs to no layer.
   */
  readonly layers: ReadonlyMap<string, number>
}

/** Runs that do not count, at least; onnxruntime learns in them how much memory it needs. */
const WARM_UP = 3
/** Runs that count, and the time after which there are no more of them. */
const RUNS = { least: 5, most: 50, milliseconds: 1000 }

/**
 * Runs a graph as the file that it would be exported as, on onnxruntime with all that it does to a graph, and says what each layer takes.
 *
 * @param graph lowered and optimised for export, of fixed shapes.
 */
export async function timeLayers(
  graph: Graph,
  opset: number,
  feeds: Readonly<Record<string, ModelTensor>>,
  options: EngineOptions = {},
): Promise<LayerTimes> {
  const bytes = writeOnnx(graph, { opset })
  const events = await profiled(async (profile) => {
    const model = await openOnnx(bytes, { ...options, profile })
    for (let run = 0; run < WARM_UP; run++) await model.run(feeds)
    const end = performance.now() + RUNS.milliseconds
    for (let run = 0; run < RUNS.most; run++) {
      if (run >= RUNS.least && performance.now() > end) break
      await model.run(feeds)
    }
    await model.dispose()
  })
  return layerTimesOf(graph, events, WARM_UP)
}

/** Groups the times of a graph's nodes by layer. */
export function layerTimesOf(
  graph: Graph,
  events: readonly ProfileEvent[],
  warmUp: number,
): LayerTimes {
  const times = nodeTimes(events, warmUp)
  const nodes = new Map(graph.nodes.map((node, index) => [nodeName(node, index), node]))
  const makers = new Map<string, Node>()
  for (const [{ node }, name] of nameValues(graph)) if (node !== undefined) makers.set(name, node)
  // What onnxruntime puts in the place of nodes has their name, or that of what they give, with a word of its own.
  const found = new Map<Node, NodeTime>()
  let others = 0
  for (const [name, time] of times) {
    const plain = name.replace(/^fused /, '').replace(/_nchwc(_\d+)?$/, '')
    const node = nodes.get(plain) ?? makers.get(plain)
    if (node === undefined) others += time.milliseconds
    else found.set(node, time)
  }
  const layers = new Map<string, number>()
  const add = (path: string, milliseconds: number) =>
    layers.set(path, (layers.get(path) ?? 0) + milliseconds)
  const workers = workersOf(graph)
  for (const [node, { milliseconds }] of found) {
    add(workerOf(node, found, workers).scope, milliseconds)
  }
  if (others > 0) add('', others)
  const milliseconds = [...times.values()].reduce((sum, time) => sum + time.milliseconds, 0)
  return { milliseconds, layers }
}

/** Of the nodes that are computed with this one, as they have no time of their own, the one with the most work. */
function workerOf(
  node: Node,
  timed: ReadonlyMap<Node, NodeTime>,
  workers: ReadonlyMap<Node, Node>,
): Node {
  const together = [node]
  for (const each of together) {
    for (const input of each.inputs) {
      const before = input?.node
      if (before !== undefined && !timed.has(before) && !together.includes(before)) {
        together.push(before)
      }
    }
  }
  return together.reduce((most, each) =>
    workOf(each, workers) > workOf(most, workers) ? each : most,
  )
}

/** Multiply-adds of a node; a kernel's are those of one of its nodes. */
function workOf(node: Node, workers: ReadonlyMap<Node, Node>): number {
  const kernel = node.origin?.node
  return kernel === undefined || workers.get(kernel) !== node ? 0 : (multiplyAdds(kernel) ?? 0)
}

/** A kernel may have become several nodes: the one that takes the weights does its work. */
function workersOf({ nodes }: Graph): Map<Node, Node> {
  const workers = new Map<Node, Node>()
  for (const node of nodes) {
    const kernel = node.origin?.node
    const known = kernel && workers.get(kernel)
    if (kernel === undefined || (known && constantsOf(known) >= constantsOf(node))) continue
    workers.set(kernel, node)
  }
  return workers
}

function constantsOf({ inputs }: Node): number {
  return inputs.reduce(
    (sum, input) => sum + (input && isConstant(input) ? Number(sizeOf(input.shape)) : 0),
    0,
  )
}
