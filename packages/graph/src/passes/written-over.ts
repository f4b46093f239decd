import { emptyGraph, type Graph, type GraphOutput, type Node, readersOf } from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import type { StateReads } from './state-inputs.ts'
import { isWriter, type Rewrite, type UpdateComponent } from './update-components.ts'
import { roundsOfTable, updateInRounds } from './update-in-rounds.ts'

/** What variables hold before some of their rows are written, each with the node that writes these. */
export function findWrittenOver(graph: Graph): Map<GraphOutput, Node> {
  const readers = readersOf(graph)
  const outputs = new Set(graph.outputs.map(({ value }) => value))
  const found = new Map<GraphOutput, Node>()
  for (const { name, value, state, view } of graph.outputs) {
    const [data] = value.node?.inputs ?? []
    if (!state || view !== undefined || data?.node === undefined || outputs.has(data)) continue
    const writer = value.node!
    const writers = (readers.get(data) ?? []).filter((reader) => isWriter(reader, data))
    if (writers.length === 1 && writers[0] === writer) {
      found.set({ name, value: data, state: true }, writer)
    }
  }
  return found
}

/** Whether all that an update writes has rows written over it, and none else. */
export function isWrittenOver(
  { outputs }: UpdateComponent,
  writers: ReadonlyMap<GraphOutput, Node>,
): boolean {
  return outputs.every((output) => writers.has(output))
}

/**
 * An update of which some rows are written anew: all of it is computed in rounds, into the memory of the variables, and the rows are written there. What the rows become is computed first, since it follows from the
 * variables as they were.
 */
export function updateWrittenOver(
  update: UpdateComponent,
  reads: StateReads,
  writers: ReadonlyMap<GraphOutput, Node>,
): Rewrite | undefined {
  const rounds = roundsOfTable(update.size)
  if (rounds === undefined) return undefined
  const over = update.outputs.map((output) => writers.get(output)!)
  const { nodes, outputs } = updateInRounds(
    update,
    reads,
    rounds,
    over.map(({ inputs }) => inputs[2]!),
  )
  const around = new OnnxBuilder(emptyGraph())
  for (const [index, writer] of over.entries()) {
    const { shape } = writer.outputs[0]!
    around.scope = writer.scope
    writer.inputs = [around.reshape(outputs[index]!.value, shape), ...writer.inputs.slice(1)]
  }
  return { nodes: [...nodes, ...around.graph.nodes], outputs }
}
