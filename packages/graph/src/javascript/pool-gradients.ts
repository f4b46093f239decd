import { type Padding, perAxis, type Window, windowOf } from '../lower/window.ts'
import { type JavaScriptKernel, stridesOf } from './javascript-kernel.ts'

interface PoolAttrs {
  readonly filterSize: number | readonly number[]
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

/** Says for each window and channel what the pixels that it saw get of its gradient. */
type Share = (
  give: (pixel: number, gradient: number) => void,
  window: { readonly pixels: readonly number[]; readonly gradient: number },
  numberAt: (pixel: number) => number,
) => void

function poolGradient(share: Share): JavaScriptKernel<PoolAttrs> {
  return ({ dy, input }, attrs, [output]) => {
    const [batch, ...rest] = input!.shape as [number, ...number[]]
    const space = rest.slice(0, -1)
    const channels = rest.at(-1)!
    const window = windowOf(space, perAxis(attrs.filterSize, space.length), attrs)
    const strides = stridesOf(space)
    const all = space.reduce((product, size) => product * size, 1)
    const [given, x] = [dy!.data as Float32Array, input!.data as Float32Array]
    const result = output!.data as Float32Array
    const windows = window.output.reduce((product, size) => product * size, 1)
    for (let at = 0; at < windows; at++) {
      const pixels = pixelsOf(at, window, strides)
      for (let image = 0; image < batch; image++) {
        for (let channel = 0; channel < channels; channel++) {
          const gradient = given[(image * windows + at) * channels + channel]!
          const place = (pixel: number) => (image * all + pixel) * channels + channel
          const give = (pixel: number, part: number) => {
            result[place(pixel)]! += part
          }
          share(give, { pixels, gradient }, (pixel) => x[place(pixel)]!)
        }
      }
    }
  }
}

/** The derivative of average pools over any number of axes: each window shares its gradient among the pixels that it saw. */
export const averagePoolGradient: JavaScriptKernel<PoolAttrs> = poolGradient(
  (give, { pixels, gradient }) => {
    for (const pixel of pixels) give(pixel, gradient / pixels.length)
  },
)

/** The derivative of maximum pools: the first of the largest pixels gets it all. NaN is passed over, as the pool itself does. */
export const maxPoolGradient: JavaScriptKernel<PoolAttrs> = poolGradient(
  (give, { pixels, gradient }, numberAt) => {
    let [largest, most] = [pixels[0], Number.NEGATIVE_INFINITY]
    for (const pixel of pixels) {
      const value = numberAt(pixel)
      if (value > most) [largest, most] = [pixel, value]
    }
    if (largest !== undefined) give(largest, gradient)
  },
)

/** The pixels inside the image that a window sees. */
function pixelsOf(
  at: number,
  { kernel, strides, before, input, output }: Window,
  steps: readonly number[],
): number[] {
  let pixels = [0]
  let rest = at
  for (let axis = output.length - 1; axis >= 0; axis--) {
    const position = rest % output[axis]!
    rest = Math.floor(rest / output[axis]!)
    const start = position * strides[axis]! - before[axis]!
    const first = Math.max(0, start)
    const end = Math.min(input[axis]!, start + kernel[axis]!)
    pixels = pixels.flatMap((pixel) =>
      Array.from(
        { length: Math.max(0, end - first) },
        (_, tap) => pixel + (first + tap) * steps[axis]!,
      ),
    )
  }
  return pixels
}
