import type { Graph, Node, Value } from '../../ir/index.ts'
import type { Target } from '../../lower/target.ts'
import { biasedConvolutions, withBias } from './bias.ts'
import { convolution } from './convolution.ts'
import { filterGradient } from './filter-gradient.ts'
import { inputGradient } from './input-gradient.ts'
import { pool, poolGradient } from './pools.ts'
import { isFixed, Volumes } from './volumes.ts'

type Rewrite = (volumes: Volumes, node: Node) => Value | undefined

const CONVOLUTIONS: Readonly<Record<string, Rewrite>> = {
  Conv3D: convolution,
  Conv3DBackpropInputV2: inputGradient,
  Conv3DBackpropFilterV2: filterGradient,
}

const POOLS: Readonly<Record<string, Rewrite>> = {
  MaxPool3D: pool,
  AvgPool3D: pool,
  MaxPool3DGrad: poolGradient,
  AvgPool3DGrad: poolGradient,
}

/**
 * Makes convolutions and pools over volumes such over their planes, one after the other as a batch of images: onnxruntime has convolutions in blocks of channels for images alone. So everything between them
 * stays in blocks, once reshapes are behind it (see sink-image-reshapes.ts). For captured graphs of fixed shapes.
 */
export function volumesAsImages(graph: Graph, { block, strict }: Target): void {
  const rewrites = { ...CONVOLUTIONS, ...(strict ? {} : POOLS) }
  const isMeant = ({ domain, op }: Node) => domain === 'tfjs' && rewrites[op] !== undefined
  if (!graph.nodes.some(isMeant)) return
  const volumes = new Volumes(block)
  const biased = biasedConvolutions(graph)
  graph.nodes = graph.nodes.flatMap((node) => {
    const sum = biased.get(node)
    if (sum !== undefined && isFixed(node))
      return volumes.replace(node, () => withBias(volumes, sum))
    if (!isMeant(node) || !isFixed(node)) return [node]
    return volumes.replace(node, (each) => rewrites[each.op]!(volumes, each))
  })
}
