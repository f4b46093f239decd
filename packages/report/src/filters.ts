import type { Model } from '@ashlar/core'
import { type FilterView, rangeOf, toPicture } from '@ashlar/ui'

/** The filters of the first convolution of images, as far as `most`; undefined for a model that has none. */
export function firstFilters(model: Model, most: number): FilterView | undefined {
  const kernel = model.namedWeights().find(({ variable }) => variable.rank === 4)
  if (kernel === undefined) return undefined
  const { name, variable } = kernel
  const [height, width, depth, filters] = variable.shape as [number, number, number, number]
  const numbers = variable.dataSync()
  const largest = Math.max(...rangeOf(numbers).map(Math.abs))
  const channels = depth === 3 ? 3 : 1
  const pictures = Array.from({ length: Math.min(filters, most) }, (_, filter) => {
    const pixels = Float32Array.from({ length: height * width * channels }, (_, i) => {
      const [place, channel] = [Math.floor(i / channels), i % channels]
      const at = (c: number) => numbers[(place * depth + c) * filters + filter]!
      if (channels === 3) return at(channel)
      let sum = 0
      for (let c = 0; c < depth; c++) sum += at(c) / depth
      return sum
    })
    return toPicture(pixels, { width, height, channels, low: -largest, high: largest })
  })
  return { name, shape: variable.shape, pictures }
}
