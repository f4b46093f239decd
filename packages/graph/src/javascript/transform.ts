import type { JavaScriptKernel } from './javascript-kernel.ts'

type FillMode = 'constant' | 'reflect' | 'wrap' | 'nearest'

interface TransformAttrs {
  readonly interpolation: 'nearest' | 'bilinear'
  readonly fillMode: FillMode
  readonly fillValue: number
}

/** Projective transforms of a batch of images, with one transform for all or one for each. */
export const transform: JavaScriptKernel<TransformAttrs> = (
  { image, transforms },
  { interpolation, fillMode, fillValue },
  [output],
) => {
  const [, height, width, channels] = image!.shape as [number, number, number, number]
  const [batch, rows, columns] = output!.shape as [number, number, number]
  const pixels = image!.data as Float32Array
  const all = transforms!.data as Float32Array
  const result = output!.data as Float32Array
  for (let index = 0; index < batch; index++) {
    const a = all.subarray(transforms!.shape[0] === 1 ? 0 : index * 8).subarray(0, 8)
    const read = (y: number, x: number, channel: number) =>
      y >= 0 && y < height && x >= 0 && x < width
        ? pixels[((index * height + y) * width + x) * channels + channel]!
        : fillValue
    const write = (row: number, column: number, of: (channel: number) => number) => {
      const start = ((index * rows + row) * columns + column) * channels
      for (let channel = 0; channel < channels; channel++) result[start + channel] = of(channel)
    }
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const projection = a[6]! * column + a[7]! * row + 1
        if (projection === 0) {
          write(row, column, () => fillValue)
          continue
        }
        const placed = (first: number, size: number) =>
          mapped(
            (a[first]! * column + a[first + 1]! * row + a[first + 2]!) / projection,
            size,
            fillMode,
          )
        const [x, y] = [placed(0, width), placed(3, height)]
        if (interpolation === 'nearest') {
          write(row, column, (channel) => read(Math.round(y), Math.round(x), channel))
        } else {
          const [top, left] = [Math.floor(y), Math.floor(x)]
          const between = (low: number, high: number, share: number) => low + (high - low) * share
          const line = (at: number, channel: number) =>
            between(read(at, left, channel), read(at, left + 1, channel), x - left)
          write(row, column, (channel) =>
            between(line(top, channel), line(top + 1, channel), y - top),
          )
        }
      }
    }
  }
}

/** Where an image goes on beyond its edges, as TensorFlow defines it (image_ops.h, MapCoordinate). */
function mapped(place: number, size: number, mode: FillMode): number {
  const inside = (value: number) => Math.min(size - 1, Math.max(0, value))
  if (mode === 'constant') return place
  if (mode === 'nearest') return inside(place)
  if (mode === 'wrap') {
    const period = Math.max(1, size - 1)
    if (place < 0) return inside(place + size * (Math.trunc(-place / period) + 1))
    return inside(place > size - 1 ? place - size * Math.trunc(place / period) : place)
  }
  const period = 2 * size
  if (place >= 0) {
    const above = place > size - 1 ? place - period * Math.trunc(place / period) : place
    return inside(above >= size ? period - above - 1 : above)
  }
  const moved = place < period ? period * Math.trunc(-place / period) + place : place
  return inside(moved < -size ? moved + period : -moved - 1)
}
