import { type Graph, type Node, readersOf, sameShape, type Value } from '../../ir/index.ts'
import { planeAt } from '../../lower/plane-windows.ts'
import { channelVector } from '../linear-kernels.ts'
import { type SummedConvolution, summedConvolution } from './convolution.ts'
import type { Volumes } from './volumes.ts'

/** A convolution over volumes that is a sum over taps, and the only kernel that reads it: it adds a bias. */
export interface BiasedConvolution {
  readonly convolution: Node
  readonly bias: Value
}

/** Finds them, by the additions. */
export function biasedConvolutions(graph: Graph): ReadonlyMap<Node, BiasedConvolution> {
  const readers = readersOf(graph)
  const results = new Set(graph.outputs.map(({ value }) => value))
  const found = new Map<Node, BiasedConvolution>()
  for (const node of graph.nodes) {
    if (node.domain !== 'tfjs' || node.op !== 'Add') continue
    const [a, b] = node.inputs as [Value, Value]
    for (const [x, bias] of [
      [a, b],
      [b, a],
    ] as const) {
      const convolution = x.node
      if (convolution?.domain !== 'tfjs' || convolution.op !== 'Conv3D') continue
      if (readers.get(x)!.length > 1 || results.has(x)) continue
      if (sameShape(x.shape, node.outputs[0]!.shape)) found.set(node, { convolution, bias })
    }
  }
  return found
}

/**
 * The bias as that of a tap that always sees a plane: nothing is broadcast in blocks of channels behind the sum. Undefined where there is no such tap, the convolution is no sum, or what is added is no number for each
 * channel.
 */
export function withBias(
  volumes: Volumes,
  { convolution, bias }: BiasedConvolution,
): Value | undefined {
  const summed = summedConvolution(volumes, convolution)
  if (summed === undefined) return undefined
  const { taps, count } = summed.windows
  const places = Array.from({ length: count }, (_, window) => window)
  const tap = Array.from({ length: taps }, (_, each) => each).find((each) =>
    places.every((window) => planeAt(summed.windows, window, each) !== undefined),
  )
  const outputs = convolution.outputs[0]!.shape.at(-1) as number
  const vector = channelVector(bias, outputs, (...call) => volumes.emit(...call))
  if (tap === undefined || vector === undefined) return undefined
  return volumes.sum(biasedParts(volumes, summed, vector, tap * outputs), summed.windows)
}

function biasedParts(
  volumes: Volumes,
  { x, filter, shape, attrs }: SummedConvolution,
  vector: Value,
  before: number,
): Value {
  const channels = shape.at(-1)!
  const paddings = [[before, channels - before - Number(vector.shape[0])]]
  const bias = volumes.emit('PadV2', { x: vector }, [channels], { paddings, constantValue: 0 })
  const fused = { ...attrs, activation: 'linear' }
  return volumes.emit('FusedConv2D', { x, filter, bias }, shape, fused)
}
