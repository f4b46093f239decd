import { scaleOf } from '../lower/resize-scale.ts'
import type { JavaScriptKernel } from './javascript-kernel.ts'

interface ResizeAttrs {
  readonly alignCorners?: boolean
  readonly halfPixelCenters?: boolean
}

/** A pixel of the image and how much of it goes into a scaled one. */
type Share = readonly [pixel: number, weight: number]

/** Where a scaled pixel comes from along one axis. */
type SharesOf = (at: number, from: number, to: number, attrs: ResizeAttrs) => readonly Share[]

/** The derivative of scaling: each scaled pixel gives its gradient back to the pixels that it was made of. */
function resizeGradient(sharesOf: SharesOf): JavaScriptKernel<ResizeAttrs> {
  return ({ images, dy }, attrs, [output]) => {
    const [batch, height, width, channels] = images!.shape as [number, number, number, number]
    const [, rows, columns] = dy!.shape as [number, number, number]
    const [given, result] = [dy!.data as Float32Array, output!.data as Float32Array]
    for (let image = 0; image < batch; image++) {
      for (let row = 0; row < rows; row++) {
        for (let column = 0; column < columns; column++) {
          for (const [y, tall] of sharesOf(row, height, rows, attrs)) {
            for (const [x, broad] of sharesOf(column, width, columns, attrs)) {
              const source = ((image * rows + row) * columns + column) * channels
              const target = ((image * height + y) * width + x) * channels
              for (let channel = 0; channel < channels; channel++) {
                result[target + channel]! += tall * broad * given[source + channel]!
              }
            }
          }
        }
      }
    }
  }
}

/** The pixel that a scaled one is taken from. */
export const resizeNearestGradient: JavaScriptKernel<ResizeAttrs> = resizeGradient(
  (at, from, to, attrs) => {
    const place = scaleOf(from, to, attrs) * (attrs.halfPixelCenters ? at + 0.5 : at)
    const pixel = attrs.alignCorners ? Math.round(place) : Math.floor(place)
    return [[Math.min(from - 1, pixel), 1]]
  },
)

/** The two pixels that a scaled one lies between; beyond the edge both are the same. */
export const resizeBilinearGradient: JavaScriptKernel<ResizeAttrs> = resizeGradient(
  (at, from, to, attrs) => {
    const scale = scaleOf(from, to, attrs)
    const place = attrs.halfPixelCenters ? scale * (at + 0.5) - 0.5 : scale * at
    const low = Math.floor(place)
    const inside = (pixel: number) => Math.min(from - 1, Math.max(0, pixel))
    return [
      [inside(low), 1 - (place - low)],
      [inside(low + 1), place - low],
    ]
  },
)
