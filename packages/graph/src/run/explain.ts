import { type Graph, graphTree, type Node, subgraphsOf, type TypedArray } from '../ir/index.ts'
import { nodeName } from '../onnx/names.ts'
import { multiplyAdds } from '../ops/multiply-adds.ts'
import { compile, type ProgramOptions } from './compile.ts'
import { type NodeTime, nodeTimes, type ProfileEvent, profiled } from './profile.ts'

/** Calls of one kernel on one shape, and what they take in a run. */
export interface PlanRow {
  /** tfjs's name of the kernel: `Conv2DBackpropFilter`. What onnxruntime has added has the name of its op. */
  readonly kernel: string
  /** The form that computes it; undefined for the portable one. */
  readonly form: string | undefined
  /** Shape of the kernel's first output. */
  readonly shape: readonly number[]
  /** Number of calls in a run. */
  readonly calls: number
  /** Of all calls together, layout conversions included. */
  readonly milliseconds: number
  /** Of the run, 0 to 1. */
  readonly share: number
  /** Multiply-adds counted twice, per second and in billions; undefined where none are counted. */
  readonly gflops: number | undefined
}

/** Where the time of a program goes. */
export interface ExplainPlan {
  /** The most costly first. */
  readonly rows: readonly PlanRow[]
  /** Of a run, all nodes together; measuring makes it some percent slower than it is. */
  readonly milliseconds: number
  /** Nodes that run. */
  readonly nodes: number
  /** What runs on another execution provider than the first that was asked for, which has no kernel for it; the most numerous first. */
  readonly fallbacks: readonly Fallback[]
}

/** Nodes of one op that run elsewhere. */
export interface Fallback {
  /** ONNX's name. */
  readonly op: string
  /** Where they run: `cpu`. */
  readonly provider: string
  readonly nodes: number
}

const RUNS = 8
const WARM_UP = 2

/**
 * Compiles a captured program, runs it some times on the given numbers, and says where the time goes. State in the store changes with each run.
 *
 * @param feeds an array per input.
 */
export async function explain(
  graph: Graph,
  feeds: Readonly<Record<string, TypedArray>>,
  options: ProgramOptions = {},
): Promise<ExplainPlan> {
  let lowered = graph
  const events = await profiled(async (profile) => {
    const program = await compile(graph, { ...options, profile })
    lowered = program.graph
    for (let run = 0; run < RUNS + WARM_UP; run++) await program.run(feeds)
    await program.dispose()
  })
  return planOf(lowered, events, options.providers?.[0])
}

/**
 * Groups the times of a lowered graph's nodes by the kernels that they were made for; the median over the runs of each node counts.
 *
 * @param asked the execution provider that nodes are meant to run on.
 */
export function planOf(graph: Graph, events: readonly ProfileEvent[], asked = 'cpu'): ExplainPlan {
  const times = nodeTimes(events, WARM_UP)
  const byName = new Map(graph.nodes.map((node, index) => [nodeName(node, index), node]))
  // A loop's time is that of its body as well.
  const inner = new Set(graph.nodes.flatMap(subgraphsOf).flatMap(namesOf))
  const groups = new Map<string, Group>()
  for (const [name, { op, milliseconds }] of times) {
    if (inner.has(name) && !byName.has(name)) continue
    groupOf(groups, byName.get(name), op).milliseconds += milliseconds
  }
  const total = [...groups.values()].reduce((sum, each) => sum + each.milliseconds, 0)
  const rows = [...groups.values()]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .map(({ calls, milliseconds, ...group }) => {
      const work = [...calls].map((call) => multiplyAdds(call))
      const counted = work.every((each) => each !== undefined) && work.length > 0
      const sum = work.reduce<number>((all, each) => all + (each ?? 0), 0)
      return {
        ...group,
        calls: Math.max(1, calls.size),
        milliseconds,
        share: milliseconds / total,
        gflops: counted ? (2 * sum) / (milliseconds * 1e6) : undefined,
      }
    })
  const fallbacks = fallbacksOf([...times.values()], asked)
  return { rows, milliseconds: total, nodes: times.size, fallbacks }
}

function fallbacksOf(nodes: readonly NodeTime[], asked: string): Fallback[] {
  const found = new Map<string, Fallback>()
  for (const { op, provider } of nodes) {
    if (provider === '' || provider === asked) continue
    const key = `${op} ${provider}`
    found.set(key, { op, provider, nodes: (found.get(key)?.nodes ?? 0) + 1 })
  }
  return [...found.values()].sort((a, b) => b.nodes - a.nodes || (a.op < b.op ? -1 : 1))
}

/** Names of all nodes of a graph that a node holds. */
function namesOf(graph: Graph): string[] {
  return graphTree(graph).flatMap(({ nodes }) => nodes.map(nodeName))
}

interface Group extends Pick<PlanRow, 'kernel' | 'form' | 'shape'> {
  readonly calls: Set<Node>
  milliseconds: number
}

function groupOf(groups: Map<string, Group>, node: Node | undefined, op: string): Group {
  const call = node?.origin?.node
  // onnxruntime makes nodes of its own out of ours.
  const kernel = call?.op ?? op
  const form = node?.origin?.form
  const shape = ((call ?? node)?.outputs[0]?.shape ?? []) as readonly number[]
  const key = `${kernel} ${form} ${shape}`
  let group = groups.get(key)
  if (group === undefined) {
    group = { kernel, form, shape, calls: new Set(), milliseconds: 0 }
    groups.set(key, group)
  }
  if (call !== undefined) group.calls.add(call)
  return group
}
