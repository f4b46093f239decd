import { constant, filled, sizeOf, type Value } from '../ir/index.ts'
import { canBlock, filledConvolution, wholeBlocks } from './blocked-convolution.ts'
import type { OnnxBuilder } from './builder.ts'
import { positions } from './im2col.ts'
import type { Target } from './target.ts'
import type { Window } from './window.ts'

/** Up to so many channels, with a pixel of each phase for each, one convolution beats a matrix product for each phase: these have few columns, and gathered rows of their own. */
export const FEW_SUB_PIXELS = 16

/** Which pixels of dy a window's stride of pixels sees, per axis: from `first` on, `count` of them. */
interface Reach {
  readonly first: number
  readonly count: number
}

function reachesOf({ kernel, strides, before }: Window): Reach[] {
  return kernel.map((size, axis) => {
    const stride = strides[axis]!
    const offsets = Array.from({ length: size }, (_, tap) =>
      Array.from({ length: stride }, (_, phase) => (phase + before[axis]! - tap) / stride),
    )
    const whole = offsets.flat().filter(Number.isInteger)
    const first = Math.min(...whole)
    return { first, count: Math.max(...whole) - first + 1 }
  })
}

/** Zeros around dy: before each axis, then after each. */
function padsOf({ input, output, strides }: Window, reaches: readonly Reach[]): number[] {
  const after = reaches.map(
    ({ first, count }, axis) => input[axis]! / strides[axis]! - 1 + first + count - output[axis]!,
  )
  return [...reaches.map(({ first }) => -first), ...after]
}

/** Whether {@link subPixelConvolution} can be: whole strides of pixels, and channels that convolutions take in blocks. */
export function canBeSubPixels(target: Target, filter: readonly number[], window: Window): boolean {
  const { strides, input, dilations } = window
  const [inputs, outputs] = [filter.at(-2)!, filter.at(-1)!]
  if (filter.length !== 4 || target.block === 0 || Number(sizeOf(strides)) === 1) return false
  const channels = wholeBlocks(Number(sizeOf(strides)) * inputs, target.block)
  return (
    input.every((size, axis) => size % strides[axis]! === 0) &&
    dilations.every((each) => each === 1) &&
    canBlock(target, outputs, channels) &&
    padsOf(window, reachesOf(window)).every((side) => side >= 0)
  )
}

/**
 * The gradient by the input of a convolution with a stride, or a transposed convolution: one without a stride whose channels are the pixels of a stride of the result (Shi et al. 2016).
 *
 * @param dy in blocks, or channels first with fewer channels than a block.
 * @param filter [...kernel, inputs, outputs]
 * @returns [batch, ...pixels, inputs]
 */
export function subPixelConvolution(
  builder: OnnxBuilder,
  dy: Value,
  filter: Value,
  window: Window,
  block: number,
): Value {
  const [kernelHeight, kernelWidth, inputs, outputs] = filter.shape as readonly [
    number,
    number,
    number,
    number,
  ]
  const [down, along] = window.strides as readonly [number, number]
  const reaches = reachesOf(window)
  const seen = reaches.map(({ count }) => count) as [number, number]
  const taps = kernelHeight * kernelWidth
  const places = positions(seen).flatMap((place) =>
    positions(window.strides).map((phase) => {
      const [row, column] = phase.map(
        (at, axis) =>
          at + window.before[axis]! - window.strides[axis]! * (reaches[axis]!.first + place[axis]!),
      ) as [number, number]
      const isTap = row >= 0 && row < kernelHeight && column >= 0 && column < kernelWidth
      return isTap ? row * kernelWidth + column : taps
    }),
  )
  const index = builder.shared(`taps of sub-pixels ${places.join()}`, () =>
    constant(Int32Array.from(places), [places.length], 'int32'),
  )
  const zeros = builder.shared(`a tap of zeros ${inputs * outputs}`, () =>
    filled(0, [1, inputs * outputs], 'float32'),
  )
  const rows = builder.concat([builder.reshape(filter, [taps, inputs * outputs]), zeros], 0)
  const all = seen[0] * seen[1]
  const picked = builder.reshape(builder.gather(rows, index, 0), [
    all,
    down * along * inputs,
    outputs,
  ])
  const turned = builder.transpose(picked, [0, 2, 1])
  const channels = down * along * inputs
  const [height, width] = window.input.map((size, axis) => size / window.strides[axis]!) as [
    number,
    number,
  ]
  const batch = Number(dy.shape[0])
  const result = filledConvolution(
    builder,
    [dy, builder.reshape(turned, [...seen, outputs, channels])],
    { kernel_shape: seen, pads: padsOf(window, reaches) },
    [batch, height, width, channels],
    block,
  )
  const apart = builder.reshape(result, [batch * height, width, down, along * inputs])
  const inRows = builder.transpose(apart, [0, 2, 1, 3])
  return builder.reshape(inRows, [batch, ...window.input, inputs])
}
