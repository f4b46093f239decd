import {
  createValue,
  emptyGraph,
  type Graph,
  isConstant,
  type Node,
  sizeOf,
  type Value,
} from '../ir/index.ts'
import { OnnxBuilder } from '../lower/builder.ts'
import type { Target } from '../lower/target.ts'
import { type Chain, findChains, isCut } from './find-chains.ts'
import { inOrder } from './in-order.ts'

/** What is worth it. */
export interface ChainSizes {
  /** About so many elements of a chain are computed at a time: the operands of all its nodes stay in the processor's cache. */
  readonly round: number
  /** Tensors of fewer bytes stay in cache by themselves, or nearly so. */
  readonly large: number
  /** So many bytes must be spared a way over memory: a round takes some dozens of microseconds to begin, in which smaller tensors are read from the cache that all cores share. */
  readonly spared: number
}

/** Measured on processors with AVX-512 and 1 MiB of second-level cache for each core. */
const WIDE: ChainSizes = { round: 131_072, large: 2 ** 22, spared: 2 ** 27 }

/** Measured on processors with AVX2 and 512 KiB of it: what a transformer of width 128 computes between its products is too much for that already. What a round must spare was measured on a processor with AVX-512 switched off. */
const NARROW: ChainSizes = { round: 65_536, large: 2 ** 21, spared: 2 ** 26 }

/** What is worth it on the processors of a target. */
export function chainSizes({ block }: Pick<Target, 'block'>): ChainSizes {
  return block === 16 ? WIDE : NARROW
}

/**
 * Computes chains of large element-by-element arithmetic in rounds over their first axis, as the body of a `Scan`: what nodes hand on to each other is found in cache, where each would go
 * over memory by itself. Each element is computed as before. For lowered graphs of fixed shapes.
 */
export function runChainsInCache(graph: Graph, sizes: ChainSizes): void {
  const { round, large, spared } = sizes
  const replaced = new Map<Node, readonly Node[]>()
  const rounds = (shape: readonly number[]) => roundsOf(shape, round)
  const accepts = (shape: readonly number[], bytes: number) =>
    bytes >= large && rounds(shape) !== undefined
  for (const chain of findChains(graph, accepts)) {
    if (chain.spared < spared) continue
    const [first, ...others] = chain.nodes
    replaced.set(first!, scanOf(chain, rounds(chain.shape)!))
    for (const node of others) replaced.set(node, [])
  }
  if (replaced.size === 0) return
  graph.nodes = inOrder(graph.nodes.flatMap((node) => replaced.get(node) ?? [node]))
}

/** A single row may be so many times as large as a round. */
const MOST_OF_ONE = 2

/** How many rounds a chain on such tensors is computed in; undefined where they cannot be parted well. */
function roundsOf(shape: readonly number[], round: number): number | undefined {
  const [rows = 1] = shape
  const row = Number(sizeOf(shape)) / rows
  // Of large images one at a time.
  const most = Math.max(Math.floor(round / row), row <= MOST_OF_ONE * round ? 1 : 0)
  for (let each = Math.min(most, rows); each > most / 4; each--) {
    if (rows % each === 0 && each < rows) return rows / each
  }
  return undefined
}

/** The nodes of a chain as one `Scan`, with what shapes its operands and results. */
function scanOf({ shape, nodes, results }: Chain, rounds: number): Node[] {
  const around = new OnnxBuilder(emptyGraph())
  around.scope = nodes[0]!.scope
  const body = emptyGraph()
  const own = new Set(nodes.flatMap(({ outputs }) => outputs))
  const inner = new Map<Value, Value>()
  const cut = ({ shape: [rows, ...rest] }: Value) => [Number(rows) / rounds, ...rest]
  const outside = [...new Set(nodes.flatMap(({ inputs }) => inputs as Value[]))].filter(
    (value) => !own.has(value),
  )
  const sequences = outside
    .filter((value) => isCut(value, shape))
    .map((value) => {
      const slice = createValue(cut(value), value.dtype)
      inner.set(value, slice)
      body.inputs.push({ name: `x${body.inputs.length}`, value: slice, state: false })
      return around.reshape(value, [rounds, ...slice.shape])
    })
  // The same in all rounds.
  const shared = outside.filter((value) => !isCut(value, shape) && !isConstant(value))
  for (const [index, value] of shared.entries()) {
    const taken = createValue(value.shape, value.dtype)
    inner.set(value, taken)
    const from = sequences.length + index
    body.inputs.push({ name: '', value: taken, state: false, from })
  }
  for (const node of nodes) {
    const [result] = node.outputs as [Value]
    const output = createValue(cut(result), result.dtype)
    inner.set(result, output)
    const inputs = node.inputs.map((input) => inner.get(input!) ?? input)
    output.node = { ...node, inputs, outputs: [output] }
    body.nodes.push(output.node)
  }
  body.outputs = results.map((value, index) => ({
    name: `y${index}`,
    value: inner.get(value)!,
    state: false,
  }))
  const specs = results.map((value) => ({
    shape: [rounds, ...cut(value)],
    dtype: value.dtype,
  }))
  const attrs = { body, num_scan_inputs: sequences.length }
  const rows = around.nodes('Scan', [...sequences, ...shared], attrs, specs, '', sequences.length)
  const made = [...around.graph.nodes]
  for (const [index, value] of results.entries()) {
    const back = new OnnxBuilder(emptyGraph())
    back.scope = value.node!.scope
    // A shape of its own, so that the node is made even where nothing changes.
    back.node('Reshape', [rows[index]!, back.ints(shape)], {}, value)
    value.node = { ...back.graph.nodes.at(-1)!, outputs: [value] }
    made.push(...back.graph.nodes.slice(0, -1), value.node)
  }
  return made
}
