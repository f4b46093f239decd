import { type Graph, type Node, namedInput, readersOf } from '../../ir/index.ts'
import { filterGradientByTaps } from './backward.ts'
import { findStem, type Stem } from './find-stem.ts'
import { poolByTaps } from './forward.ts'
import { type Taps, tapsOf } from './taps.ts'

/**
 * Makes a convolution of few channels and the max pooling behind it one convolution whose output channels are the taps of the pooling; see
 * ops/pool-taps.ts. For captured graphs, where the convolution's bias and the batch norm are already part of it.
 *
 * It asks for windows that do not overlap and are all inside the image, and for a convolution of an input that needs no gradient.
 *
 * @param block channels in a block of the NCHWc layout.
 */
export function usePoolTaps(graph: Graph, block: number): void {
  const readers = readersOf(graph)
  const results = new Set(graph.outputs.map(({ value }) => value))
  const replaced = new Map<Node, readonly Node[]>()
  for (const node of graph.nodes) {
    const stem = findStem(node, readers, results)
    const taps = stem && tapsOf(stem, block)
    if (taps === undefined) continue
    for (const [old, nodes] of replaceStem(stem!, taps, block)) replaced.set(old, nodes)
  }
  graph.nodes = graph.nodes.flatMap((node) => replaced.get(node) ?? [node])
}

/** What takes the place of each node of a stem. */
function replaceStem(stem: Stem, taps: Taps, block: number): [Node, readonly Node[]][] {
  const { convolution, relu, pool, gradient, filterGradient, sums } = stem
  const { nodes, parts } = poolByTaps(stem, taps, block)
  const back = filterGradientByTaps(stem, taps, parts)
  // Each number of dy goes to one pixel.
  for (const node of sums) node.inputs = [namedInput(gradient, 'dy')!]
  return [
    [convolution, []],
    ...(relu === undefined ? [] : [[relu, []] as [Node, []]]),
    [pool, nodes],
    [gradient, []],
    [filterGradient, back],
  ]
}
