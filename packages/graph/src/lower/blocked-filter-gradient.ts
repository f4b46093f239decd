import { constant, type Value } from '../ir/index.ts'
import { blockedConvolution } from './blocked-convolution.ts'
import { blockedPad, blockedPick } from './blocked-depthwise.ts'
import type { OnnxBuilder } from './builder.ts'
import type { Layout } from './layout.ts'
import { type PlaneWindows, planeAt } from './plane-windows.ts'
import { reorder } from './reorder.ts'
import type { Window } from './window.ts'

/** Whether the gradient by a filter can be an NCHWc convolution: whole blocks of images, or of parts of them, and of output channels, no gaps between taps along the last axis. */
export function canBlockFilterGradient(
  block: number,
  [batch, outputs]: readonly [batch: number, outputs: number],
  window: Window,
): boolean {
  const isPlanar = window.kernel.length === 2
  return (
    block > 0 &&
    isPlanar &&
    stripeCounts(window, batch, block).length > 0 &&
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

/** What a core has close by of dy, in bytes: the convolution goes through a block of images' worth of it again for every few results. */
const CLOSE_BY = 512 * 1024

/** Blocks of outputs that the convolution computes at once. */
const AT_ONCE = 4

/**
 * The gradient by a filter as one convolution: the images take the place of channels, dy that of the filter, the taps that of pixels.
 *
 * Seen as [1, batch, height, width * inputs], channels last is channels first with images for channels. A window of it that steps `inputs` at
 * a time along the last axis meets dy's pixels, and its position is (tap, input). So the sum over images and pixels is the convolution's own sum, over
 * rows long enough to keep its inner loop busy. Inputs in blocks are as many such convolutions as there are blocks, a batch of them.
 *
 * Large images are parted into stripes, which are images of their own: as much of dy as meets a block of them then stays in a core's cache. Where all this gives few tasks to deal out to threads, images are
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
  if (xLayout === 'blocked' && isOnePixel(window) && batch % block === 0) {
    return onePixelGradient(builder, { x, dy, dyLayout, outputs, windows }, window, block)
  }
  const [kernelHeight, kernelWidth] = window.kernel as readonly [number, number]
  const inner = xLayout === 'blocked' ? block : inputs
  const blocks = inputs / inner
  // onnxruntime deals out rows of results, for up to four blocks of channels at a time.
  const tasks = blocks * kernelHeight * Math.ceil(outputs / (AT_ONCE * block))
  const stripes = stripesOf(window, { batch, outputs, block, tasks })
  const groups = tasks < MANY_TASKS && ((stripes.count * batch) / block) % 2 === 0 ? 2 : 1
  const padded = fitToWindow(builder, { x, xLayout, inner }, window, stripes)
  const images = inBlocksOfImages(builder, padded, stripes, block)
  const parts = { batch, dyLayout, outputs, windows, groups, block, stripes: stripes.count }
  const filter = imagesInBlocks(builder, dy, parts, window)
  const shape = [blocks, groups * outputs, kernelHeight, kernelWidth * inner]
  const isWhole = stripes.count === 1
  const sums = blockedConvolution(
    builder,
    [images, filter],
    {
      kernel_shape: [stripes.rows, window.output[1]!],
      pads: isWhole
        ? [Math.max(window.before[0]!, 0), 0, Math.max(window.after[0]!, 0), 0]
        : [0, 0, 0, 0],
      strides: [window.dilations[0]!, 1],
      dilations: [window.strides[0]!, window.strides[1]! * inner],
      group: groups,
    },
    shape,
  )
  const last = reorder(builder, sums, {
    from: 'blocked',
    to: 'last',
    shape: [blocks, kernelHeight, kernelWidth * inner, groups * outputs],
    block,
  })
  const rows = blocks * kernelHeight * kernelWidth * inner
  const byGroup = builder.reshape(last, [rows, groups, outputs])
  const total = groups === 1 ? byGroup : builder.reduce('ReduceSum', byGroup, [1], false)
  const taps = kernelHeight * kernelWidth
  const byBlock = builder.reshape(total, [blocks, taps, inner * outputs])
  const byTap = blocks === 1 ? byBlock : builder.transpose(byBlock, [1, 0, 2])
  return builder.reshape(byTap, [...window.kernel, inputs, outputs])
}

/** How images are parted. */
interface Stripes {
  readonly count: number
  /** Rows of dy in each. */
  readonly rows: number
  /** Rows of x that these meet. */
  readonly height: number
  /** Rows of x from one stripe to the next. */
  readonly step: number
}

interface Sizes {
  readonly batch: number
  readonly outputs: number
  readonly block: number
  readonly tasks: number
}

/** Into how many stripes images can be parted for them to be whole blocks. */
function stripeCounts(
  { kernel, output, strides, dilations }: Window,
  batch: number,
  block: number,
): number[] {
  const height = output[0]!
  const reach = (kernel[0]! - 1) * dilations[0]! + 1
  return Array.from({ length: height }, (_, at) => at + 1).filter(
    (each) =>
      height % each === 0 &&
      (each * batch) % block === 0 &&
      // In lower ones most rows would be copies.
      (each === 1 || (height / each) * strides[0]! >= reach),
  )
}

/**
 * The fewest stripes of as many rows each of which a core has all close by. For one block of outputs that gains less than copying the stripes takes: there images are halved where that many
 * groups are wanted and there are no others.
 */
function stripesOf(window: Window, { batch, outputs, block, tasks }: Sizes): Stripes {
  const { kernel, output, strides, dilations } = window
  const [height, width] = output as readonly [number, number]
  const bytesOfRow = width * block * block * 4 * Math.min(AT_ONCE, outputs / block)
  const reach = (kernel[0]! - 1) * dilations[0]! + 1
  const counts = stripeCounts(window, batch, block)
  const isHalved = tasks < MANY_TASKS && (batch / block) % 2 === 1 && counts.includes(2)
  const isCloseBy = (each: number) => (height / each) * bytesOfRow <= CLOSE_BY
  const fewest = isHalved ? 2 : counts[0]!
  const count = outputs === block ? fewest : (counts.find(isCloseBy) ?? counts.at(-1)!)
  const rows = height / count
  return {
    ...{ count, rows, step: rows * strides[0]! },
    height: (rows - 1) * strides[0]! + reach,
  }
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
  const rows = builder.reshape(seen, [batch, 1, blocks * height, width * block])
  const whole = { count: 1, rows: height, height, step: 0 }
  const images = inBlocksOfImages(builder, rows, whole, block)
  const parts = { batch, dyLayout, outputs, windows, groups: 1, block, stripes: 1 }
  const filter = imagesInBlocks(builder, dy, parts, window)
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

/**
 * The window that dy meets x with, taps turned round: without a stride, the gradient is also that of a convolution from dy's channels to x's.
 */
export function turnedWindow({
  kernel,
  before,
  input,
  output,
  dilations,
  ...rest
}: Window): Window {
  const reaches = kernel.map((size, axis) => (size - 1) * dilations[axis]!)
  const sides = reaches.map((reach, axis) => reach - before[axis]!)
  const after = input.map((size, axis) => size + reaches[axis]! - output[axis]! - sides[axis]!)
  return { ...rest, kernel, dilations, before: sides, after, input: output, output: input }
}

interface Images extends Pick<FilterGradientOperands, 'x' | 'xLayout'> {
  /** Channels that lie together. */
  readonly inner: number
}

/**
 * Zeros at the sides, since a window that never passes the side runs faster; and no rows or columns that no window reaches. Rows of zeros cost nothing in
 * the convolution, and are added for stripes alone.
 *
 * @returns [batch, blocks of channels, height, width * channels of a block]
 */
function fitToWindow(
  builder: OnnxBuilder,
  { x, xLayout, inner }: Images,
  { input, before, after }: Window,
  { count }: Stripes,
): Value {
  const rows = (side: number) => (count === 1 ? Math.min(side, 0) : side)
  const starts = [rows(before[0]!), before[1]!]
  const ends = [rows(after[0]!), after[1]!]
  const sides = [...starts, ...ends]
  const [height, width] = input.map((size, axis) => size + starts[axis]! + ends[axis]!) as [
    number,
    number,
  ]
  const isFit = sides.every((side) => side === 0)
  const batch = Number(x.shape[0])
  if (xLayout === 'blocked') {
    const wider = isFit ? x : blockedPad(builder, x, sides)
    const blocks = Number(x.shape[1]) / inner
    return builder.reshape(wider, [batch, blocks, height, width * inner])
  }
  const pads = builder.ints([0, ...starts, 0, 0, ...ends, 0])
  const shape = [batch, height, width, inner]
  const wider = isFit ? x : builder.node('Pad', [x, pads], {}, { shape, dtype: x.dtype })
  return builder.reshape(wider, [batch, 1, height, width * inner])
}

/**
 * The stripes of all images in the place of channels, in blocks of them, those of one block of channels after the other; what neighbours both meet is copied to both.
 *
 * @param x [batch, blocks of channels, height, width]
 * @returns [blocks of channels, stripes * batch, height of a stripe, width], in blocks
 */
function inBlocksOfImages(
  builder: OnnxBuilder,
  x: Value,
  { count, step, ...stripe }: Stripes,
  block: number,
): Value {
  const [batch, blocks, rows, width] = x.shape as readonly [number, number, number, number]
  const height = count === 1 ? rows : stripe.height
  const shape = [blocks, count * batch, height, width]
  const reordering = { from: 'first', to: 'blocked', block } as const
  if (count === 1 && batch === block) {
    // One block of images: what lies outside of it stays where it is.
    const whole = { ...reordering, shape: [1, blocks * rows, width, batch] }
    const one = reorder(builder, builder.reshape(x, [1, batch, blocks * rows, width]), whole)
    return builder.reshape(one, shape)
  }
  const lastly = { ...reordering, shape: [blocks, height, width, count * batch] }
  if (count === 1 && blocks === 1) return reorder(builder, builder.reshape(x, shape), lastly)
  const index = builder.shared(`stripes ${[batch, blocks, rows, count, height, step]}`, () => {
    const places = new Int32Array(blocks * count * batch * height)
    let at = 0
    for (let outer = 0; outer < blocks; outer++) {
      for (let stripe = 0; stripe < count; stripe++) {
        for (let image = 0; image < batch; image++) {
          const first = (image * blocks + outer) * rows + stripe * step
          for (let row = 0; row < height; row++) places[at++] = first + row
        }
      }
    }
    return constant(places, [places.length], 'int32')
  })
  const striped = builder.gather(builder.reshape(x, [batch * blocks * rows, width]), index, 0)
  return reorder(builder, builder.reshape(striped, shape), lastly)
}

interface Parts extends Pick<FilterGradientOperands, 'dyLayout' | 'outputs' | 'windows'> {
  readonly batch: number
  readonly groups: number
  readonly stripes: number
  readonly block: number
}

/** dy as an NCHWc filter: [groups * outputs / block, stripes * batch / groups / block, ...pixels of a stripe, block of images, block of outputs]. */
function imagesInBlocks(
  builder: OnnxBuilder,
  dy: Value,
  { batch, dyLayout, outputs, windows, groups, stripes, block }: Parts,
  window: Window,
): Value {
  const [height, width] = window.output as readonly [number, number]
  const [all, pixels] = [height * width, (height / stripes) * width]
  const blocks = outputs / block
  const own = blocks / (windows?.taps ?? 1)
  const given = Number(dy.shape[0]) * own * all
  const sizes = [groups, blocks, (stripes * batch) / groups / block, pixels, block, stripes]
  const key = `${dyLayout} ${sizes} ${Object.values(windows ?? {})}`
  const index = builder.shared(`images in blocks ${key}`, () => {
    // As many as dy has pixels and blocks: a list of lists of them would take longer than the step.
    const rows = new Int32Array(batch * blocks * all)
    const [ofPixel, ofBlock] = dyLayout === 'blocked' ? [1, all] : [own, 1]
    let at = 0
    for (let group = 0; group < groups; group++) {
      for (let outer = 0; outer < blocks; outer++) {
        const first = (outer % own) * ofBlock
        for (let images = 0; images < sizes[2]!; images++) {
          const from = (group * sizes[2]! + images) * block
          // Where the first pixel of each stripe in the block lies.
          const starts = Array.from({ length: block }, (_, index) => {
            const image = imageOf((from + index) % batch, Math.floor(outer / own), windows)
            const stripe = Math.floor((from + index) / batch)
            if (image === undefined) return undefined
            return image * own * all + first + stripe * pixels * ofPixel
          })
          for (let pixel = 0; pixel < pixels; pixel++) {
            for (const start of starts) {
              rows[at++] = start === undefined ? given : start + pixel * ofPixel
            }
          }
        }
      }
    }
    return constant(rows, [rows.length], 'int32')
  })
  const numbers = builder.reshape(dy, [given, block])
  const rows =
    windows === undefined ? numbers : builder.concat([numbers, builder.ones(0, [1, block])], 0)
  const shape = [groups * outputs, (stripes * batch) / groups, height / stripes, width]
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
