import * as tf from '@tensorflow/tfjs'
import { channelsLast } from '../value/axes.ts'
import { Value } from '../value/value.ts'
import { type Operator, ofNonNegative, operator } from './operator.ts'
import { reduced } from './reductions.ts'
import {
  asImage,
  fromImage,
  isUnpadded,
  paddedImage,
  readWindow,
  twoAxes,
  type Window,
  windowAttributes,
} from './windows.ts'

const attributes = { ...windowAttributes, ceil_mode: 0, storage_order: 0, count_include_pad: 0 }

/** The smallest float: what a window takes for pixels that are not there. */
const SMALLEST = -3.4028234663852886e38

function pool(image: tf.Tensor, kind: 'max' | 'avg', window: Window): tf.Tensor {
  const { kernel, strides, dilations, pads } = window
  if (dilations.some((each) => each !== 1)) {
    const { taps } = tapsOf(paddedImage(image, pads, kind === 'max' ? SMALLEST : 0), window)
    if (kind === 'max') return taps.reduce((best, each) => tf.maximum(best, each))
    return tf.div(
      taps.reduce((sum, each) => tf.add(sum, each)),
      taps.length,
    )
  }
  if (image.rank === 5) {
    const padded = kind === 'max' ? paddedImage(image, pads, SMALLEST) : image
    const size = kernel as [number, number, number]
    const steps = strides as [number, number, number]
    return kind === 'max'
      ? tf.maxPool3d(padded as tf.Tensor5D, size, steps, 'valid')
      : tf.avgPool3d(padded as tf.Tensor5D, size, steps, 'valid')
  }
  const sides = pads.map(([a, b]): [number, number] => [a, b])
  const explicit: [[number, number], [number, number], [number, number], [number, number]] = [
    [0, 0],
    sides[0]!,
    sides[1]!,
    [0, 0],
  ]
  const padding = isUnpadded(window) ? 'valid' : explicit
  const x = image as tf.Tensor4D
  const [size, steps] = [kernel as [number, number], strides as [number, number]]
  return kind === 'max' ? tf.maxPool(x, size, steps, padding) : tf.avgPool(x, size, steps, padding)
}

const maxPool: Operator = operator({
  op: 'MaxPool',
  handsOn: 'first',
  attributes,
  run: ({ input, node, attributes: given }) => {
    const x = input(0)
    const window = readWindow(given, given.kernel_shape!, x.shape.slice(2), given.ceil_mode === 1)
    const float = x.type === 'float32' ? asImage(x) : tf.cast(asImage(x), 'float32')
    const dilated = window.dilations.some((each) => each !== 1)
    const isWide = window.pads.some((side, axis) =>
      side.some((each) => each >= window.kernel[axis]!),
    )
    const padded = dilated || isWide || x.rank === 5
    const two = twoAxes(window)
    const y = padded
      ? pool(paddedImage(float, two.pads, SMALLEST), 'max', {
          ...two,
          pads: two.pads.map(() => [0, 0] as const),
        })
      : pool(float, 'max', two)
    const result = fromImage(x, tf.cast(y, x.type === 'float32' ? 'float32' : 'int32'))
    if (node.outputs.length < 2 || node.outputs[1] === '') return result
    return [result, positions(x, window, given.storage_order)]
  },
})

/** Each pixel of a window in a padded image `[batch, ...space, channels]`, for all windows at once, and where it stands in the window. */
function tapsOf(
  padded: tf.Tensor,
  { kernel, strides, dilations }: Window,
): { readonly taps: tf.Tensor[]; readonly at: number[][]; readonly outputs: number[] } {
  const [batch, channels] = [padded.shape[0]!, padded.shape.at(-1)!]
  const space = padded.shape.slice(1, -1)
  const outputs = space.map(
    (size, axis) =>
      Math.floor((size - (kernel[axis]! - 1) * dilations[axis]! - 1) / strides[axis]!) + 1,
  )
  const taps: tf.Tensor[] = []
  const at: number[][] = []
  const walk = (offset: readonly number[]) => {
    const axis = offset.length
    if (axis < space.length) {
      for (let k = 0; k < kernel[axis]!; k++) walk([...offset, k * dilations[axis]!])
      return
    }
    const end = outputs.map((count, each) => offset[each]! + (count - 1) * strides[each]! + 1)
    const steps = [1, ...strides, 1]
    taps.push(tf.stridedSlice(padded, [0, ...offset, 0], [batch, ...end, channels], steps))
    at.push([...offset])
  }
  walk([])
  return { taps, at, outputs }
}

/** Where in its plane the largest number of each window stands, counted over the whole tensor. */
function positions(x: Value, window: Window, storageOrder: number): Value {
  const space = x.shape.slice(2)
  const { strides, pads } = window
  const { taps, at, outputs } = tapsOf(
    paddedImage(tf.cast(asImageAnyRank(x), 'float32'), pads, SMALLEST),
    window,
  )
  const best = tf.argMax(tf.stack(taps), 0)
  const count = outputs.reduce((product, each) => product * each, 1)
  const [plane, weights] = [
    space.reduce((product, each) => product * each, 1),
    planeWeights(space, storageOrder),
  ]
  const place = new Array<number>(taps.length * count)
  for (const [tap, offset] of at.entries()) {
    for (let pixel = 0; pixel < count; pixel++) {
      let rest = pixel
      let index = 0
      for (let axis = space.length - 1; axis >= 0; axis--) {
        const output = rest % outputs[axis]!
        rest = Math.floor(rest / outputs[axis]!)
        index += (output * strides[axis]! + offset[axis]! - pads[axis]![0]) * weights[axis]!
      }
      place[tap * count + pixel] = index
    }
  }
  const [batch, channels] = [x.shape[0]!, x.shape[1]!]
  // One row for each pixel; the tap chooses within it.
  const pixels = tf.reshape(tf.range(0, count, 1, 'int32'), [1, ...outputs, 1])
  const flat = tf.add(tf.mul(tf.cast(best, 'int32'), tf.scalar(count, 'int32')), pixels)
  const inPlane = tf.gather(tf.tensor1d(place, 'int32'), tf.cast(flat, 'int32'))
  const planes = tf.add(
    tf.mul(
      tf.reshape(tf.range(0, batch, 1, 'int32'), [batch, ...space.map(() => 1), 1]),
      tf.scalar(channels, 'int32'),
    ),
    tf.range(0, channels, 1, 'int32'),
  )
  return Value.of(
    'int64',
    tf.add(inPlane, tf.mul(planes, tf.scalar(plane, 'int32'))),
    channelsLast(x.rank),
  )
}

function asImageAnyRank(x: Value): tf.Tensor {
  return x.in(channelsLast(x.rank))
}

function planeWeights(space: readonly number[], storageOrder: number): number[] {
  const weights = new Array<number>(space.length).fill(1)
  if (storageOrder === 1) {
    for (let axis = 1; axis < space.length; axis++)
      weights[axis] = weights[axis - 1]! * space[axis - 1]!
  } else {
    for (let axis = space.length - 2; axis >= 0; axis--)
      weights[axis] = weights[axis + 1]! * space[axis + 1]!
  }
  return weights
}

const averagePool: Operator = operator({
  op: 'AveragePool',
  isNonNegative: ofNonNegative,
  attributes,
  run: ({ input, attributes: given }) => {
    const x = input(0)
    const space = x.shape.slice(2)
    const window = readWindow(given, given.kernel_shape!, space, given.ceil_mode === 1)
    const image = asImage(x)
    const plain = twoAxes(window)
    const dilated = window.dilations.some((each) => each !== 1)
    if (isUnpadded(window) && !dilated) return fromImage(x, pool(image, 'avg', plain))
    const none = { ...plain, pads: plain.pads.map(() => [0, 0] as const) }
    if (!given.count_include_pad && !dilated && x.rank < 5) {
      return fromImage(x, pool(image, 'avg', plain))
    }
    // Sums of all pixels, over how many of them count.
    const counted = tf.ones([1, ...image.shape.slice(1, -1), 1])
    const named = readWindow(given, given.kernel_shape!, space)
    const wanted = twoAxes(named).pads
    const within = given.count_include_pad
      ? paddedImage(
          counted,
          wanted.map(([a, b]) => [a, b] as const),
          1,
        )
      : paddedImage(counted, wanted)
    const beyond = plain.pads.map(([, b], axis) => [0, b - wanted[axis]![1]] as const)
    const share = pool(paddedImage(within, beyond), 'avg', none)
    return fromImage(x, tf.div(pool(paddedImage(image, plain.pads), 'avg', none), share))
  },
})

const lpPool: Operator = operator({
  op: 'LpPool',
  attributes: { ...attributes, p: 2 },
  run: ({ input, attributes: given }) => {
    const x = input(0)
    const window = twoAxes(
      readWindow(given, given.kernel_shape!, x.shape.slice(2), given.ceil_mode === 1),
    )
    const count = window.kernel.reduce((product, each) => product * each, 1)
    const powers = paddedImage(tf.pow(tf.abs(asImage(x)), given.p), window.pads)
    const mean = pool(powers, 'avg', { ...window, pads: window.pads.map(() => [0, 0] as const) })
    return fromImage(x, tf.pow(tf.mul(mean, count), 1 / given.p))
  },
})

function global(op: string, fn: (x: tf.Tensor, axes: number[], p: number) => tf.Tensor): Operator {
  return operator({
    op,
    isNonNegative: ofNonNegative,
    attributes: { p: 2 },
    run: ({ input, attributes: { p } }) => {
      const x = input(0)
      const axes = x.shape.map((_, axis) => axis).slice(2)
      return reduced(x, axes, true, (tensor, places) => fn(tensor, places, p))
    },
  })
}

const maxUnpool: Operator = operator({
  op: 'MaxUnpool',
  attributes: windowAttributes,
  constants: [2],
  run: ({ input, inputs, attributes: given, where }) => {
    const x = input(0)
    const kernel = given.kernel_shape!
    const strides = given.strides ?? kernel.map(() => 1)
    const space = kernel.map(
      (size, axis) =>
        (x.shape[axis + 2]! - 1) * strides[axis]! +
        size -
        (given.pads?.[axis] ?? 0) -
        (given.pads?.[axis + kernel.length] ?? 0),
    )
    const own = [...x.shape.slice(0, 2), ...space]
    const shape = inputs[2]?.numbers(where, 'the output shape') ?? own
    const size = own.reduce((product, each) => product * each, 1)
    const indices = tf.reshape(tf.cast(input(1).plain(), 'int32'), [-1, 1])
    const flat = tf.scatterND(indices, tf.reshape(x.plain(), [-1]), [size])
    const small = tf.reshape(flat, own)
    const pads = own.map((each, axis): [number, number] => [0, shape[axis]! - each])
    return Value.of(x.type, tf.pad(small, pads))
  },
})

/** Windows that make one number of many. */
export const poolingOperators: readonly Operator[] = [
  maxPool,
  averagePool,
  lpPool,
  global('GlobalAveragePool', (x, axes) => tf.mean(x, axes)),
  global('GlobalMaxPool', (x, axes) => tf.max(x, axes)),
  global('GlobalLpPool', (x, axes, p) => tf.pow(tf.sum(tf.pow(tf.abs(x), p), axes), 1 / p)),
  maxUnpool,
]
