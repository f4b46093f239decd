import { perAxis, type Window, type WindowAttrs, windowOf } from '../lower/window.ts'
import {
  type HostArray,
  type JavaScriptKernel,
  stridesOf,
  type WrongInTfjs,
} from './javascript-kernel.ts'

type Attrs = WindowAttrs & {
  readonly filterShape?: readonly number[]
  readonly filterSize?: number | readonly number[]
}

/** What tfjs gets wrong about windows over three axes, and what takes its place. */
export function wrongBetweenWindows(instead: JavaScriptKernel<Attrs>): WrongInTfjs {
  return {
    how: 'Where windows leave gaps, its padding is less than none: they begin inside of the volume.',
    when: ({ filter }, attrs) => {
      const { pad, strides, filterShape, filterSize } = attrs as Attrs
      const kernel = filter?.shape ?? filterShape ?? perAxis(filterSize, 3)
      const steps = perAxis(strides, 3)
      return pad === 'same' && steps.some((stride, axis) => stride > kernel[axis]!)
    },
    instead,
  }
}

/** What a tensor of a convolution has at hand for each number that is multiplied: places in images, filter and result. */
type Multiply = (image: number, filter: number, result: number) => void

/** Calls `multiply` for each product that a convolution adds up. */
function convolve(
  [batch, ...rest]: readonly number[],
  filter: readonly number[],
  attrs: Attrs,
  multiply: Multiply,
): void {
  const space = rest.slice(0, -1)
  const [inputs, outputs] = filter.slice(-2) as [number, number]
  const window = windowOf(space, filter.slice(0, -2), attrs)
  const [pixels, windows] = [space, window.output].map((sizes) => sizes.reduce((a, b) => a * b, 1))
  for (let at = 0; at < windows!; at++) {
    for (const { pixel, tap } of tapsOf(at, window)) {
      for (let image = 0; image < batch!; image++) {
        for (let input = 0; input < inputs; input++) {
          for (let output = 0; output < outputs; output++) {
            multiply(
              (image * pixels! + pixel) * inputs + input,
              (tap * inputs + input) * outputs + output,
              (image * windows! + at) * outputs + output,
            )
          }
        }
      }
    }
  }
}

const numbersOf = ({ data }: HostArray) => data as Float32Array

export const convolution: JavaScriptKernel<Attrs> = ({ x, filter }, attrs, [output]) => {
  const [images, weights, result] = [x!, filter!, output!].map(numbersOf)
  convolve(x!.shape, filter!.shape, attrs, (image, weight, at) => {
    result![at]! += images![image]! * weights![weight]!
  })
}

export const convolutionFilterGradient: JavaScriptKernel<Attrs> = ({ x, dy }, attrs, [output]) => {
  const [images, given, result] = [x!, dy!, output!].map(numbersOf)
  convolve(x!.shape, output!.shape, attrs, (image, weight, at) => {
    result![weight]! += images![image]! * given![at]!
  })
}

export const convolutionInputGradient: JavaScriptKernel<Attrs> = (
  { dy, filter },
  attrs,
  [output],
) => {
  const [given, weights, result] = [dy!, filter!, output!].map(numbersOf)
  convolve(output!.shape, filter!.shape, attrs, (image, weight, at) => {
    result![image]! += weights![weight]! * given![at]!
  })
}

/** The pixels inside the image that a window sees, and which tap sees each. */
function tapsOf(
  at: number,
  { kernel, strides, dilations, before, input, output }: Window,
): { readonly pixel: number; readonly tap: number }[] {
  const [pixelSteps, tapSteps] = [stridesOf(input), stridesOf(kernel)]
  let taps = [{ pixel: 0, tap: 0 }]
  let rest = at
  for (let axis = output.length - 1; axis >= 0; axis--) {
    const start = (rest % output[axis]!) * strides[axis]! - before[axis]!
    rest = Math.floor(rest / output[axis]!)
    taps = taps.flatMap(({ pixel, tap }) =>
      Array.from({ length: kernel[axis]! }, (_, index) => {
        const place = start + index * dilations[axis]!
        const isInside = place >= 0 && place < input[axis]!
        return isInside
          ? [{ pixel: pixel + place * pixelSteps[axis]!, tap: tap + index * tapSteps[axis]! }]
          : []
      }).flat(),
    )
  }
  return taps
}

/** What a pool over volumes makes of the numbers that a window sees. */
function pool(of: (numbers: readonly number[]) => number): JavaScriptKernel<Attrs> {
  return ({ x }, attrs, [output]) => {
    const [batch, ...rest] = x!.shape as [number, ...number[]]
    const space = rest.slice(0, -1)
    const channels = rest.at(-1)!
    const window = windowOf(space, perAxis(attrs.filterSize, space.length), attrs)
    const [pixels, windows] = [space, window.output].map((each) => each.reduce((a, b) => a * b, 1))
    const [given, result] = [x!, output!].map(numbersOf)
    for (let at = 0; at < windows!; at++) {
      const taps = tapsOf(at, window)
      for (let image = 0; image < batch; image++) {
        for (let channel = 0; channel < channels; channel++) {
          const numbers = taps.map(
            ({ pixel }) => given![(image * pixels! + pixel) * channels + channel]!,
          )
          result![(image * windows! + at) * channels + channel] = of(numbers)
        }
      }
    }
  }
}

export const averagePool: JavaScriptKernel<Attrs> = pool(
  (numbers) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length,
)

/** NaN is passed over, as tfjs does. */
export const maxPool: JavaScriptKernel<Attrs> = pool((numbers) =>
  Math.max(...numbers.filter((each) => !Number.isNaN(each))),
)
