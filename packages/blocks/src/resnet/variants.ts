import type { Stage } from '../networks/stage.ts'
import { type NetworkVariant, type VariantOf, widened } from '../networks/staged-network.ts'

/** Two identity blocks behind a wide stem. */
export const MINI_RESNET: VariantOf = (width) => {
  const filters = widened(64, width)
  return {
    stem: { filters, kernelSize: 7, strides: 1, pool: { size: 3, strides: 3, padding: 'valid' } },
    stages: [{ block: 'identity', repeats: 2, options: { filters, kernelSize: 3 } }],
    head: { output: 'probabilities' },
  }
}

/** He et al. 2015, table 1, 18 layers. */
export const RESNET18: VariantOf = (width) => resnet(basicStage, [2, 2, 2, 2], width)

/** He et al. 2015, table 1, 34 layers. */
export const RESNET34: VariantOf = (width) => resnet(basicStage, [3, 4, 6, 3], width)

/** He et al. 2015, table 1, 50 layers. */
export const RESNET50: VariantOf = (width) => resnet(bottleneckStage, [3, 4, 6, 3], width)

type StageOf = (blocks: number, filters: number, isFirst: boolean) => Stage[]

/** @param blocks their number in each stage. Every stage is twice as wide as the one before. */
function resnet(stageOf: StageOf, blocks: readonly number[], width: number): NetworkVariant {
  return {
    stem: {
      filters: widened(64, width),
      kernelSize: 7,
      strides: 2,
      pool: { size: 3, strides: 2, padding: 'same' },
    },
    stages: blocks.flatMap((count, i) => stageOf(count, widened(64 * 2 ** i, width), i === 0)),
    head: { output: 'logits' },
  }
}

/** The first block of all but the first stage halves the image. */
function basicStage(blocks: number, filters: number, isFirst: boolean): Stage[] {
  const options = { filters, kernelSize: 3 }
  if (isFirst) return [{ block: 'identity', repeats: blocks, options }]
  return [
    { block: 'projection', repeats: 1, options: { ...options, strides: 2 } },
    { block: 'identity', repeats: blocks - 1, options },
  ]
}

/** The same of bottlenecks, whose first stage widens as well. */
function bottleneckStage(blocks: number, filters: number, isFirst: boolean): Stage[] {
  const first = { filters, strides: isFirst ? 1 : 2, projection: true }
  return [
    { block: 'bottleneck', repeats: 1, options: first },
    { block: 'bottleneck', repeats: blocks - 1, options: { filters } },
  ]
}
