import { ShapeError } from '@ashlar/errors'
import { type Dim, floorDiv, type Shape, sameDim, sizeOf, times, type Value } from '../ir/index.ts'
import { resizeBilinearGradient, resizeNearestGradient } from '../javascript/resize-gradient.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { axisIn, shapeIn } from '../lower/layout.ts'
import { scaleOf } from '../lower/resize-scale.ts'
import { rangeOf } from './creation.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type KernelExample,
  type SizedSpec,
} from './declaration.ts'
import { resizeGradGradient } from './gradients/second-order.ts'

interface ResizeAttrs {
  readonly alignCorners?: boolean
  readonly halfPixelCenters?: boolean
  readonly size: readonly Dim[]
}

type Mode = 'linear' | 'nearest'

const modes = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
] as const

/** Scaling of images, and its derivatives. */
export const resizeKernels: readonly KernelDeclaration[] = (
  [
    ['ResizeBilinear', 'linear'],
    ['ResizeNearestNeighbor', 'nearest'],
  ] as const
).flatMap(([kernel, mode]) => [
  defineKernel<ResizeAttrs>({
    kernel,
    sizeAttrs: ['size'],
    range: 'inputs',
    infer: (context) => inferResize(context, mode),
    lower: (context) => resize(context, mode),
    examples: resizeExamples(),
  }),
  defineKernel<ResizeAttrs>({
    kernel: `${kernel}Grad`,
    sizeAttrs: ['size'],
    gradient: resizeGradGradient(kernel),
    infer: ({ inputs }) => ({ shape: inputs.images!.shape, dtype: 'float32' }),
    lower: (context) => resizeGradient(context, mode),
    wrongInTfjs:
      mode === 'linear'
        ? {
            how: 'It knows nothing of half pixels, and takes the height for the width.',
            instead: resizeBilinearGradient,
          }
        : {
            how: 'It knows nothing of half pixels, and reads wrong rows from the second image on.',
            instead: resizeNearestGradient,
          },
    examples: modes.map((corners) => ({
      name: nameOf(corners) || 'plain',
      inputs: { images: { shape: [2, 4, 5, 3] }, dy: { shape: [2, 7, 6, 3] } },
      attrs: { ...corners, size: [7, 6] },
    })),
  }),
])

function inferResize({ inputs, attrs }: InferContext<ResizeAttrs>, mode: Mode): SizedSpec {
  const [batch, rows, columns, channels] = inputs.images!.shape as [Dim, Dim, Dim, Dim]
  const [height, width] = attrs.size as [Dim, Dim]
  if ([rows, columns, height, width].some((size) => size === 0)) {
    throw new ShapeError({
      where: 'resize',
      expected: 'an image must have pixels, and be given some',
      given: { from: [rows, columns], to: attrs.size },
    })
  }
  return {
    shape: [batch, height, width, channels],
    dtype: mode === 'linear' ? 'float32' : inputs.images!.dtype,
  }
}

function resizeExamples(): KernelExample[] {
  return modes.flatMap((corners) =>
    (
      [
        ['larger', [2, 3, 4, 2], [6, 7]],
        ['square', [1, 4, 4, 2], [6, 7]],
        ['smaller', [1, 6, 6, 3], [4, 4]],
        ['to one', [1, 3, 3, 1], [1, 1]],
      ] as const
    ).map(([name, shape, size]) => ({
      name: [name, nameOf(corners)].filter(Boolean).join(', '),
      inputs: { images: { shape } },
      attrs: { ...corners, size },
    })),
  )
}

function nameOf(corners: { readonly alignCorners: boolean; readonly halfPixelCenters: boolean }) {
  if (corners.alignCorners) return 'corners aligned'
  return corners.halfPixelCenters ? 'half pixels' : ''
}

function resize(context: LowerContext<ResizeAttrs>, mode: Mode): Placed {
  return mode === 'nearest' && !isWholeFactor(context) ? picked(context) : resized(context, mode)
}

/** ONNX Resize, whose ways of placing pixels have TensorFlow's as special cases. */
function resized(context: LowerContext<ResizeAttrs>, mode: Mode): Placed {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const layout = 'first'
  const images = builder.cast(context.input('images', layout), dtype)
  const target: Shape = shapeIn(layout, shape)
  const isApart = mode === 'linear' && isTurned(images)
  const [x, size] = isApart
    ? [builder.reshape(images, asOne(images.shape)), asOne(target)]
    : [images, target]
  const inputs = [x, undefined, undefined, builder.shape(size)]
  const attributes = {
    mode,
    coordinate_transformation_mode: placement(attrs),
    ...(mode === 'nearest' ? { nearest_mode: rounding(attrs) } : {}),
  }
  const value = builder.node('Resize', inputs, attributes, { shape: size, dtype })
  return { value: builder.reshape(value, target), layout }
}

/** All images as the channels of one. */
function asOne([batch, channels, height, width]: Shape): Shape {
  return [1, sizeOf([batch!, channels!]), height!, width!]
}

/** Places of rows and columns where onnxruntime's linear Resize takes them, in ascending order. */
const TAKEN: ReadonlySet<string> = new Set(['2,3', '1,2'])

/**
 * Whether rows and columns have been elsewhere than linear Resize takes them. onnxruntime's optimizer moves a transpose behind a Resize, whose rows and columns then lie as they lay before, and
 * does not ask whether Resize takes them there: "'Linear' mode only supports". It moves none behind a reshape.
 */
function isTurned(images: Value): boolean {
  const seen = new Set<Value>()
  const look = (value: Value, axes: readonly number[]): boolean => {
    const { node, shape } = value
    if (node === undefined || shape.length !== 4 || seen.has(value)) return false
    seen.add(value)
    if (node.op !== 'Transpose') return node.inputs.some((each) => each && look(each, axes))
    const perm = node.attrs.perm as readonly number[]
    const before = axes.map((axis) => perm[axis]!).sort()
    return !TAKEN.has(before.join()) || look(node.inputs[0]!, before)
  }
  return look(images, [2, 3])
}

function placement({ alignCorners, halfPixelCenters }: ResizeAttrs): string {
  if (alignCorners) return 'align_corners'
  return halfPixelCenters ? 'half_pixel' : 'asymmetric'
}

/** TensorFlow takes the pixel that a place lies in: the floor, or with half pixels the floor of the place plus a half. */
function rounding({ halfPixelCenters }: ResizeAttrs): string {
  return halfPixelCenters ? 'round_prefer_ceil' : 'floor'
}

/**
 * Whether each pixel becomes as many as each other one, and tfjs says so too: places are computed in float64, where (1 / 49) * 49 is below 1. Then any
 * runtime takes the same pixels, in whatever precision it computes places: they are as far from the edges of pixels as can be.
 */
function isWholeFactor({ attrs, logical }: LowerContext<ResizeAttrs>): boolean {
  const [, ...space] = logical('images').shape
  return attrs.size.every((to, axis) => {
    const from = space[axis]!
    const factor = floorDiv(to, from)
    if (typeof factor !== 'number' || !sameDim(times(factor, from), to)) return false
    return factor === 1 || (!attrs.alignCorners && (1 / factor) * factor === 1)
  })
}

/**
 * Rows and columns by number. onnxruntime's Resize computes places in float32, and so takes a pixel too early at some sizes: from 28 rows to 2 it takes
 * row 13 for row 14.
 */
function picked(context: LowerContext<ResizeAttrs>): Placed {
  const { builder, attrs, node } = context
  const layout = context.layoutOf('images') === 'last' ? 'last' : 'first'
  const x = builder.cast(context.input('images', layout), node.outputs[0]!.dtype)
  const value = attrs.size.reduce((image: Value, to, axis) => {
    const from = context.logical('images').shape[axis + 1]!
    if (sameDim(from, to)) return image
    return builder.gather(image, nearest(builder, from, to, attrs), axisIn(layout, axis + 1, 4))
  }, x)
  return { value, layout }
}

/** Which of `from` pixels each of `to` scaled ones is: int64 [to]. */
function nearest(builder: OnnxBuilder, from: Dim, to: Dim, attrs: ResizeAttrs): Value {
  if (typeof from === 'number' && typeof to === 'number') {
    const pixels = Array.from({ length: to }, (_, at) => nearestPixel(from, to, at, attrs))
    return builder.ints(pixels)
  }
  const place = places(builder, from, to, attrs)
  const low = builder.unary('Floor', place)
  // The floor of the place plus a half would round 0.49999999999999994 up.
  const isNext = builder.binary(
    'GreaterOrEqual',
    builder.sub(place, low),
    builder.scalar(0.5, 'float64'),
    'bool',
  )
  const pixel = attrs.alignCorners ? builder.add(low, builder.cast(isNext, 'float64')) : low
  return builder.cast(builder.binary('Min', pixel, lastOf(builder, from)), 'int64')
}

/** As tfjs computes it. */
function nearestPixel(from: number, to: number, at: number, attrs: ResizeAttrs): number {
  const place = scaleOf(from, to, attrs) * (attrs.halfPixelCenters ? at + 0.5 : at)
  return Math.min(from - 1, attrs.alignCorners ? Math.round(place) : Math.floor(place))
}

/** scale * (0, 1, 2, ...), with half pixels scale * (0.5, 1.5, 2.5, ...), for sizes that vary: float64 [to], as tfjs computes it. */
function places(builder: OnnxBuilder, from: Dim, to: Dim, attrs: ResizeAttrs): Value {
  const number = (size: Dim) => builder.scalar(size, 'float64')
  const one = builder.scalar(1, 'float64')
  const scale = attrs.alignCorners
    ? // A single pixel is at place 0, whatever it is multiplied by.
      builder.div(
        builder.sub(number(from), one),
        builder.binary('Max', builder.sub(number(to), one), one),
      )
    : builder.div(number(from), number(to))
  const numbers = builder.cast(rangeOf(builder, to, 'int64'), 'float64')
  const centers = attrs.halfPixelCenters
    ? builder.add(numbers, builder.scalar(0.5, 'float64'))
    : numbers
  return builder.mul(centers, scale)
}

function lastOf(builder: OnnxBuilder, size: Dim): Value {
  return builder.sub(builder.scalar(size, 'float64'), builder.scalar(1, 'float64'))
}

/** Rows and columns are scaled one after the other, each by a matrix; the derivative is their transposes. */
function resizeGradient(context: LowerContext<ResizeAttrs>, mode: Mode): Value {
  const { builder, attrs } = context
  const dy = context.input('dy')
  const shape = context.logical('images').shape
  const [batch, height, width, channels] = shape as readonly [Dim, Dim, Dim, Dim]
  const [, rows, columns] = dy.shape as readonly [Dim, Dim, Dim]
  const matrix = (from: Dim, to: Dim): Value => {
    if (typeof from !== 'number' || typeof to !== 'number') {
      return freeWeights(builder, { from, to, mode, attrs })
    }
    const key = `resize ${mode} ${placement(attrs)} ${from} ${to}`
    return builder.shared(key, () =>
      builder.tensor(weights(from, to, mode, attrs), [from, to], 'float32'),
    )
  }
  const line = times(columns, channels)
  const tall = builder.matMul(matrix(height, rows), builder.reshape(dy, [batch, rows, line]))
  const lines = builder.reshape(tall, [batch, height, columns, channels])
  return builder.matMul(matrix(width, columns), lines)
}

/** How much each of `from` pixels counts in each of `to` scaled ones: row-major [from, to]. */
function weights(from: number, to: number, mode: Mode, attrs: ResizeAttrs): number[] {
  const result = new Array<number>(from * to).fill(0)
  const add = (pixel: number, target: number, weight: number) => {
    result[Math.min(from - 1, Math.max(0, pixel)) * to + target]! += weight
  }
  for (let target = 0; target < to; target++) {
    if (mode === 'nearest') {
      add(nearestPixel(from, to, target, attrs), target, 1)
    } else {
      const scale = scaleOf(from, to, attrs)
      const place = attrs.halfPixelCenters ? scale * (target + 0.5) - 0.5 : scale * target
      const low = Math.floor(place)
      add(low, target, 1 - (place - low))
      add(low + 1, target, place - low)
    }
  }
  return result
}

/** The same for sizes that vary. */
function freeWeights(
  builder: OnnxBuilder,
  resizing: {
    readonly from: Dim
    readonly to: Dim
    readonly mode: Mode
    readonly attrs: ResizeAttrs
  },
): Value {
  const { from, to, mode, attrs } = resizing
  const pixels = builder.reshape(rangeOf(builder, from, 'int64'), [from, 1])
  const chosen = (pixel: Value) =>
    builder.cast(builder.binary('Equal', pixels, pixel, 'bool'), 'float32')
  if (mode === 'nearest') return chosen(nearest(builder, from, to, attrs))
  const found = places(builder, from, to, attrs)
  const place = attrs.halfPixelCenters ? builder.sub(found, builder.scalar(0.5, 'float64')) : found
  const low = builder.unary('Floor', place)
  const share = builder.sub(place, low)
  const one = builder.scalar(1, 'float64')
  const part = (pixel: Value, weight: Value) => {
    const bounds = [builder.scalar(0, 'float64'), lastOf(builder, from)]
    const within = builder.node('Clip', [pixel, ...bounds], {}, pixel)
    return builder.mul(chosen(builder.cast(within, 'int64')), builder.cast(weight, 'float32'))
  }
  return builder.add(part(low, builder.sub(one, share)), part(builder.add(low, one), share))
}
