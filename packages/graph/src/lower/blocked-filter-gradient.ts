import { constant, sizeOf, type Value } from '../ir/index.ts'
import { blockedConvolution } from './blocked-convolution.ts'
import { blockedPad, blockedPick } from './blocked-depthwise.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Layout } from './layout.ts'
import { type PlaneWindows, planeAt } from './plane-windows.ts'
import { reorder } from './reorder.ts'
import type { Window } from './window.ts'

/** Whether the gradient by a filter can be an NCHWc convolution: whole blocks of images and of output channels, no gaps between taps along the last axis. */
export function canBlockFilterGradient(
  block: number,
  [batch, outputs]: readonly [batch: number, outputs: number],
  window: Window,
): boolean {
  const isPlanar = window.kernel.length === 2
  return (
    block > 0 &&
    isPlanar &&
    batch % block === 0 &&
    outputs % block === 0 &&
    window.dilations[1] === 1
  )
}

/** What the gradient is made of. */
export interface FilterGradientOperands {
  /** [batch, height, width, inputs] where it lies channels last. */
  readonly x: Value
  readonly xLayout: Exclude<Layout, 'first'>
  readonly dy: Value
  readonly dyLayout: Exclude<Layout, 'first'>
  readonly outputs: number
  /** Set where dy is what these windows over its planes give: they are stacked on the way. */
  readonly windows?: PlaneWindows | undefined
}

/** With this many tasks, threads end at about the same time. */
const MANY_TASKS = 6

/**
 * The gradient by a filter as one convolution: the images take the place of channels, dy that of the filter, the taps that of pixels.
 *
 * Seen as [1, batch, height, width * inputs], channels last is channels first with images for channels. A window of it that steps `inputs` at
 * a time along the last axis meets dy's pixels, and its position is (tap, input). So the sum over images and pixels is the convolution's own sum, over
 * rows long enough to keep its inner loop busy. Where that gives few tasks to deal out to threads, images are
 * summed in two groups.
 *
 * @returns [...kernel, inputs, outputs]
 */
export function blockedFilterGradient(
  builder: OnnxBuilder,
  { x, xLayout, dy, dyLayout, outputs, windows }: FilterGradientOperands,
  window: Window,
  block: number,
): Value {
  const [batch, inputs] =
    xLayout === 'blocked'
      ? (x.shape as readonly [number, number])
      : ([x.shape[0], x.shape[3]] as readonly [number, number])
  if (xLayout === 'blocked' && isOnePixel(window)) {
    return onePixelGradient(builder, { x, dy, dyLayout, outputs, windows }, window, block)
  }
  const [kernelHeight, kernelWidth] = window.kernel as readonly [number, number]
  // onnxruntime deals out rows of results, for up to four blocks of channels at a time.
  const tasks = kernelHeight * Math.ceil(outputs / (4 * block))
  const groups = tasks < MANY_TASKS && (batch / block) % 2 === 0 ? 2 : 1
  const padded = fitToWindow(builder, { x, xLayout, inputs, block }, window)
  const [height, width] = [Number(padded.shape[1]), Number(padded.shape[2]) * inputs]
  const images = inBlocksOfImages(builder, padded, [batch, height, width], block)
  const filter = imagesInBlocks(
    builder,
    dy,
    { batch, dyLayout, outputs, windows, groups, block },
    window,
  )
  const shape = [1, groups * outputs, kernelHeight, kernelWidth * inputs]
  const sums = blockedConvolution(
    builder,
    [images, filter],
    {
      kernel_shape: window.output,
      pads: [Math.max(window.before[0]!, 0), 0, Math.max(window.after[0]!, 0), 0],
      strides: [window.dilations[0]!, 1],
      dilations: [window.strides[0]!, window.strides[1]! * inputs],
      group: groups,
    },
    shape,
  )
  const last = reorder(builder, sums, {
    from: 'blocked',
    to: 'last',
    shape: [1, kernelHeight, kernelWidth * inputs, groups * outputs],
    block,
  })
  const rows = kernelHeight * kernelWidth * inputs
  const byGroup = builder.reshape(last, [rows, groups, outputs])
  const total = groups === 1 ? byGroup : builder.reduce('ReduceSum', byGroup, [1], false)
  return builder.reshape(total, [...window.kernel, inputs, outputs])
}

/** Whether each window is one pixel of the image, and the first of them its first. */
export function isOnePixel({ kernel, before, input, output, strides }: Window): boolean {
  const isPicked = output.every((count, axis) => count === Math.ceil(input[axis]! / strides[axis]!))
  return isPicked && kernel.every((size) => size === 1) && before.every((side) => side === 0)
}

/**
 * The same for a filter of one pixel, whose images stay in blocks of channels: one block of them below the other, [1, batch, blocks * height, width * block]. A window that steps down by
 * an image's height meets the next block, and along by one the next channel in it.
 */
function onePixelGradient(
  builder: OnnxBuilder,
  { x, dy, dyLayout, outputs, windows }: Omit<FilterGradientOperands, 'xLayout'>,
  window: Window,
  block: number,
): Value {
  const [batch, inputs] = x.shape as readonly [number, number]
  const blocks = inputs / block
  const seen = blockedPick(builder, x, window.strides, window.output)
  const [height, width] = window.output as readonly [number, number]
  const images = inBlocksOfImages(builder, seen, [batch, blocks * height, width * block], block)
  const filter = imagesInBlocks(
    builder,
    dy,
    { batch, dyLayout, outputs, windows, groups: 1, block },
    window,
  )
  const sums = blockedConvolution(
    builder,
    [images, filter],
    { kernel_shape: window.output, strides: [height, 1], dilations: [1, block] },
    [1, outputs, blocks, block],
  )
  const shape = [1, blocks, block, outputs]
  const last = reorder(builder, sums, { from: 'blocked', to: 'last', shape, block })
  return builder.reshape(last, [...window.kernel, inputs, outputs])
}

/** Images in the place of channels, in blocks of them. */
function inBlocksOfImages(
  builder: OnnxBuilder,
  x: Value,
  [batch, height, width]: readonly [batch: number, height: number, width: number],
  block: number,
): Value {
  const rows = builder.reshape(x, [1, batch, height, width])
  const shape = [1, height, width, batch]
  return reorder(builder, rows, { from: 'first', to: 'blocked', shape, block })
}

interface Images extends Pick<FilterGradientOperands, 'x' | 'xLayout'> {
  readonly inputs: number
  readonly block: number
}

/**
 * Zeros at the sides, since a window that never passes the side runs faster; and no rows or columns that no window reaches. Rows of zeros cost nothing in
 * the convolution.
 *
 * @returns [batch, height, width, inputs]
 */
function fitToWindow(
  builder: OnnxBuilder,
  { x, xLayout, inputs, block }: Images,
  { input, before, after }: Window,
): Value {
  const batch = x.shape[0]!
  const starts = [Math.min(before[0]!, 0), before[1]!]
  const ends = [Math.min(after[0]!, 0), after[1]!]
  const sides = [...starts, ...ends]
  const space = input.map((size, axis) => size + starts[axis]! + ends[axis]!)
  const isFit = sides.every((side) => side === 0)
  if (xLayout === 'blocked') {
    const wider = isFit ? x : blockedPad(builder, x, sides)
    const reordering = { from: 'blocked', to: 'last', block } as const
    return reorder(builder, wider, { ...reordering, shape: [batch, ...space, inputs] })
  }
  if (isFit) return x
  const pads = builder.ints([0, ...starts, 0, 0, ...ends, 0])
  const shape = [batch, ...space, inputs]
  return builder.node('Pad', [x, pads], {}, { shape, dtype: x.dtype })
}

interface Blocks extends Pick<FilterGradientOperands, 'dyLayout' | 'outputs' | 'windows'> {
  readonly batch: number
  readonly groups: number
  readonly block: number
}

/** dy as an NCHWc filter: [groups * outputs / block, batch / groups / block, ...pixels, block of images, block of outputs]. */
function imagesInBlocks(
  builder: OnnxBuilder,
  dy: Value,
  { batch, dyLayout, outputs, windows, groups, block }: Blocks,
  window: Window,
): Value {
  const pixels = Number(sizeOf(window.output))
  const blocks = outputs / block
  const own = blocks / (windows?.taps ?? 1)
  const all = Number(dy.shape[0]) * own * pixels
  const sizes = [groups, blocks, batch / groups / block, pixels, block]
  const key = `${dyLayout} ${sizes} ${Object.values(windows ?? {})}`
  const index = builder.shared(`images in blocks ${key}`, () => {
    // As many as dy has pixels and blocks: a list of lists of them would take longer than the step.
    const rows = new Int32Array(batch * blocks * pixels)
    const [ofPixel, ofBlock] = dyLayout === 'blocked' ? [1, pixels] : [own, 1]
    let at = 0
    for (let group = 0; group < groups; group++) {
      for (let outer = 0; outer < blocks; outer++) {
        const first = (outer % own) * ofBlock
        for (let images = 0; images < sizes[2]!; images++) {
          const from = (group * sizes[2]! + images) * block
          const sources = Array.from({ length: block }, (_, image) =>
            imageOf(from + image, Math.floor(outer / own), windows),
          )
          for (let pixel = 0; pixel < pixels; pixel++) {
            for (const source of sources) {
              rows[at++] =
                source === undefined ? all : source * own * pixels + first + pixel * ofPixel
            }
          }
        }
      }
    }
    return constant(rows, [rows.length], 'int32')
  })
  const given = builder.reshape(dy, [all, block])
  const rows =
    windows === undefined ? given : builder.concat([given, builder.ones(0, [1, block])], 0)
  const shape = [groups * outputs, batch / groups, ...window.output]
  return builder.reshape(builder.gather(rows, index, 0), shape)
}

/** The image of dy that a tap sees of one of the images that its planes are stacked to; undefined for zeros. */
function imageOf(
  image: number,
  tap: number,
  windows: PlaneWindows | undefined,
): number | undefined {
  if (windows === undefined) return image
  const plane = planeAt(windows, image % windows.count, tap)
  return plane === undefined ? undefined : Math.floor(image / windows.count) * windows.depth + plane
}
