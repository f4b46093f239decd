import { emptyGraph, type Graph, type GraphOutput, type Node, type Value } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import { cutLeaf, isCutFromPadded, unitOf } from './cut-leaf.ts'
import { inOrder } from './in-order.ts'
import { StateInputs, type StateReads } from './state-inputs.ts'
import { findUpdates, isScalar, type Rewrite, type UpdateComponent } from './update-components.ts'
import { roundsOfUpdate, updateInRounds } from './update-in-rounds.ts'
import { findWrittenOver, isWrittenOver, updateWrittenOver } from './written-over.ts'

/** Lays variables side by side in the memory that a program works on; false when they cannot be. */
export interface StateArranger {
  arrange(names: readonly string[]): boolean
}

/**
 * Updates of up to this many elements are joined: a network has dozens of vectors, or a table for each category, and each node costs microseconds whatever its size. What is joined needs its
 * gradients side by side, one pass more of a dozen.
 */
const JOINED = 32_768

/** Larger ones are cut into pieces of about this size, so that a chain of operations finds its operands in cache. */
const PIECE = 262_144

/**
 * Joins the updates of small variables and cuts those of large ones. Nothing is copied for it but gradients: the state store lays small variables
 * side by side, and pieces of large ones are views of their memory. For lowered graphs of fixed shapes.
 */
export function arrangeUpdates(graph: Graph, store: StateArranger, allowsRounds = false): void {
  const inputs = new Map(
    graph.inputs.filter(({ state }) => state).map((input) => [input.value, input]),
  )
  const writers = allowsRounds ? findWrittenOver(graph) : new Map<GraphOutput, Node>()
  // Those of numbers without axes are no weights.
  const found = findUpdates(graph, [...writers.keys()]).filter(
    ({ outputs }) => outputs[0]!.value.shape.length > 0,
  )
  const updates = found.filter(({ outputs }) => !outputs.some((output) => writers.has(output)))
  const bySignature = groupBySignature(updates.filter(({ size }) => size <= JOINED))
  const rewritten = new Map<Node, readonly Node[]>()
  const removed = new Set<Node>()
  const outputs: { old: readonly GraphOutput[]; fresh: readonly GraphOutput[] }[] = []
  const states = new StateInputs()
  const replace = (old: readonly UpdateComponent[], rewrite: Rewrite) => {
    const nodes = old.flatMap((each) => each.nodes)
    for (const node of nodes) removed.add(node)
    // All operands are computed by the time of the last node.
    rewritten.set(last(graph, nodes), rewrite.nodes)
    outputs.push({ old: old.flatMap((each) => each.outputs), fresh: rewrite.outputs })
  }
  for (const group of bySignature.values()) {
    const joined = group.length > 1 ? join(group, { inputs, states }, store) : undefined
    if (joined !== undefined) replace(group, joined)
  }
  for (const update of updates) {
    if (update.size >= 2 * PIECE) replace([update], large(update, { inputs, states }, allowsRounds))
  }
  for (const update of found) {
    if (!isWrittenOver(update, writers)) continue
    const rewrite = updateWrittenOver(update, { inputs, states }, writers)
    if (rewrite !== undefined) replace([update], rewrite)
  }
  const nodes = graph.nodes.flatMap((node) =>
    rewritten.has(node) ? rewritten.get(node)! : removed.has(node) ? [] : [node],
  )
  // What rows that are written over others become comes before these now.
  graph.nodes = writers.size > 0 ? inOrder(nodes) : nodes
  for (const { old, fresh } of outputs) {
    graph.outputs = graph.outputs.filter((output) => !old.includes(output))
    graph.outputs.push(...fresh)
  }
  graph.inputs.push(...states.all)
}

function groupBySignature(updates: readonly UpdateComponent[]): Map<string, UpdateComponent[]> {
  const groups = new Map<string, UpdateComponent[]>()
  for (const update of updates) {
    groups.set(update.signature, [...(groups.get(update.signature) ?? []), update])
  }
  return groups
}

function last(graph: Graph, nodes: readonly Node[]): Node {
  const own = new Set(nodes)
  return graph.nodes.findLast((node) => own.has(node))!
}

/** One update for all of a group. */
function join(
  group: readonly UpdateComponent[],
  { inputs, states }: StateReads,
  store: StateArranger,
): Rewrite | undefined {
  const model = group[0]!
  const columns = model.outputs.map((_, index) => group.map(({ outputs }) => outputs[index]!.name))
  if (!columns.every((names) => store.arrange(names))) return undefined
  const size = group.reduce((sum, update) => sum + update.size, 0)
  const builder = new OnnxBuilder(emptyGraph())
  const leaves = model.leaves.map((_, index) => {
    const members = group.map((update) => update.leaves[index]!)
    const names = members.map((member) => inputs.get(member)?.name)
    const isState =
      names.every((name) => name !== undefined) &&
      columns.some((column) => column.join() === names.join())
    if (!isState)
      return builder.concat(
        group.map((update, at) => builder.reshape(members[at]!, [update.size])),
        0,
      )
    const view = { variables: names as string[], offset: 0, length: size }
    return states.read(`${names[0]}..${names.at(-1)}`, view, [size])
  })
  const results = replay(builder, model, leaves, size)
  return {
    nodes: builder.graph.nodes,
    outputs: model.outputs.map(({ value }, index) => {
      const names = columns[index]!
      const view = { variables: names, offset: 0, length: size }
      return { name: `${names[0]}..${names.at(-1)}`, value: results.get(value)!, state: true, view }
    }),
  }
}

/** In rounds where these are equal ones, in pieces otherwise; zeros round a gradient's taps are no part of pieces. */
function large(update: UpdateComponent, reads: StateReads, allowsRounds: boolean): Rewrite {
  const isWhole = !update.leaves.some(isCutFromPadded)
  const rounds = allowsRounds && isWhole ? roundsOfUpdate(update.size) : undefined
  return rounds === undefined ? cut(update, reads) : updateInRounds(update, reads, rounds)
}

/** One update for each piece. */
function cut(update: UpdateComponent, { inputs, states }: StateReads): Rewrite {
  const builder = new OnnxBuilder(emptyGraph())
  const unit = unitOf(update.outputs[0]!.value, PIECE)
  const count = Math.ceil(update.size / PIECE)
  const bounds = Array.from(
    { length: count + 1 },
    (_, index) => Math.floor((index * update.size) / unit / count) * unit,
  )
  const pieces = new Map(
    update.leaves
      .filter((leaf) => !inputs.has(leaf))
      .map((leaf) => [leaf, cutLeaf(builder, leaf, bounds)]),
  )
  const outputs: GraphOutput[] = []
  for (const [index, offset] of bounds.slice(0, -1).entries()) {
    const length = bounds[index + 1]! - offset
    const leaves = update.leaves.map((leaf) => {
      const input = inputs.get(leaf)
      if (input === undefined) return pieces.get(leaf)![index]!
      const view = { variables: [input.name], offset, length }
      return states.read(`${input.name}[${index}]`, view, [length])
    })
    const results = replay(builder, update, leaves, length)
    for (const { name, value } of update.outputs) {
      const view = { variables: [name], offset, length }
      outputs.push({ name: `${name}[${index}]`, value: results.get(value)!, state: true, view })
    }
  }
  return { nodes: builder.graph.nodes, outputs }
}

/** The arithmetic of an update again, on other operands. */
function replay(
  builder: OnnxBuilder,
  update: UpdateComponent,
  leaves: readonly Value[],
  size: number,
): Map<Value, Value> {
  const values = new Map(update.leaves.map((leaf, index) => [leaf, leaves[index]!]))
  for (const node of update.nodes) {
    const inputs = node.inputs.map((input) => values.get(input!) ?? flatScalar(builder, input!))
    builder.scope = node.scope
    builder.origin = node.origin
    const result = builder.node(node.op, inputs, node.attrs, { shape: [size], dtype: 'float32' })
    values.set(node.outputs[0]!, result)
  }
  return values
}

/** A scalar of any rank, without axes that would add to the rank of a vector. */
function flatScalar(builder: OnnxBuilder, value: Value): Value {
  return isScalar(value) && value.shape.length > 1 ? builder.reshape(value, []) : value
}
