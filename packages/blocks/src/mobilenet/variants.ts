import type { Stage } from '../networks/stage.ts'
import { type VariantOf, widened } from '../networks/staged-network.ts'

/** Howard et al. 2017, table 1: width, strides and repeats of each block. */
export const MOBILENET: VariantOf = (width) => ({
  stem: stemOf(width),
  activation: 'relu6',
  stages: (
    [
      [64, 1, 1],
      [128, 2, 1],
      [128, 1, 1],
      [256, 2, 1],
      [256, 1, 1],
      [512, 2, 1],
      [512, 1, 5],
      [1024, 2, 1],
      [1024, 1, 1],
    ] as const
  ).map(([filters, strides, repeats]) => ({
    block: 'depthwise-separable',
    repeats,
    options: { filters: widened(filters, width), strides },
  })),
  head: { output: 'logits' },
})

/** Sandler et al. 2018, table 2: expansion, width, repeats and strides of each stage. */
export const MOBILENET_V2: VariantOf = (width) => ({
  stem: stemOf(width),
  activation: 'relu6',
  stages: (
    [
      [1, 16, 1, 1],
      [6, 24, 2, 2],
      [6, 32, 3, 2],
      [6, 64, 4, 2],
      [6, 96, 3, 1],
      [6, 160, 3, 2],
      [6, 320, 1, 1],
    ] as const
  ).flatMap(([expansion, wide, repeats, strides], index, rows): Stage[] => {
    const filters = widened(wide, width)
    const before = index === 0 ? stemOf(width).filters : widened(rows[index - 1]![1], width)
    const first = { inputFilters: before, filters, expansion, strides }
    const other = { inputFilters: filters, filters, expansion }
    return [
      { block: 'inverted-residual', repeats: 1, options: first },
      { block: 'inverted-residual', repeats: repeats - 1, options: other },
    ]
  }),
  neck: { filters: widened(1280, width) },
  head: { output: 'logits' },
})

function stemOf(width: number) {
  return { filters: widened(32, width), kernelSize: 3, strides: 2, useBias: false }
}
