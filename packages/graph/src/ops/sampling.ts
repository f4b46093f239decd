import { ShapeError } from '@ashlar/errors'
import { backend_util } from '@tensorflow/tfjs'
import { type Dim, formatSize, minus, type Shape, times, type Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext } from '../lower/context.ts'
import { positions } from '../lower/im2col.ts'
import { between, inside, masked, pixelsAt, rounded } from '../lower/sampling.ts'
import { rangeOf } from './creation.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { cropAndResizeGradient, rotateGradient } from './gradients/sampling.ts'

interface CropAttrs {
  readonly cropSize: readonly [number, number]
  readonly method: 'bilinear' | 'nearest'
  readonly extrapolationValue: number
}

interface RotateAttrs {
  readonly radians: number
  readonly fillValue: number | readonly number[]
  readonly center: number | readonly [number, number]
}

const boxes = {
  shape: [3, 4],
  values: [0, 0, 1, 1, 0.1, 0.9, 0.8, 0.2, -0.2, 0.3, 0.5, 1.4],
} as const
const boxInd = { shape: [3], dtype: 'int32', values: [1, 0, 1] } as const

/** Kernels that take pixels at computed places. Places are computed in double precision, as tfjs's are. */
export const samplingKernels: readonly KernelDeclaration[] = [
  defineKernel<CropAttrs>({
    kernel: 'CropAndResize',
    gradient: cropAndResizeGradient,
    infer: ({ inputs, attrs }) => ({
      shape: [inputs.boxes!.shape[0]!, ...attrs.cropSize, inputs.image!.shape[3]!],
      dtype: 'float32',
    }),
    lower: cropAndResize,
    examples: (['bilinear', 'nearest'] as const).flatMap((method) => [
      {
        name: `${method}, no place on an edge`,
        inputs: {
          image: { shape: [2, 5, 6, 2] },
          boxes: { shape: [2, 4], values: [0.07, 0.11, 0.9, 0.86, 0.83, 0.21, 0.19, 0.74] },
          boxInd: { shape: [2], dtype: 'int32' as const, values: [1, 0] },
        },
        attrs: { cropSize: [3, 4], method, extrapolationValue: -7 },
      },
      ...[
        [3, 4],
        [1, 1],
      ].map((cropSize) => ({
        name: `${method} to ${cropSize.join(' x ')}`,
        inputs: { image: { shape: [2, 5, 6, 2] }, boxes, boxInd },
        attrs: { cropSize, method, extrapolationValue: -7 },
      })),
    ]),
  }),
  defineKernel<RotateAttrs>({
    kernel: 'RotateWithOffset',
    gradient: rotateGradient,
    infer: ({ inputs }) => inputs.image!,
    lower: rotate,
    examples: [
      {
        inputs: { image: { shape: [2, 5, 6, 3] } },
        attrs: { radians: 0.7, fillValue: 3, center: 0.5 },
      },
      {
        name: 'a colour around it',
        inputs: { image: { shape: [1, 4, 4, 4] } },
        attrs: { radians: -2, fillValue: [1, 2, 3], center: [0.25, 0.75] },
      },
    ],
  }),
]

/** Places of `count` samples from one edge of each box to the other: [boxes, count]. */
function along(
  builder: OnnxBuilder,
  edges: readonly [Value, Value],
  count: number,
  size: Dim,
): Value {
  const [low, high] = edges
  const last = builder.scalar(minus(size, 1), 'float64')
  if (count === 1) {
    const middle = builder.mul(builder.scalar(0.5, 'float64'), builder.add(low, high))
    return builder.mul(middle, last)
  }
  const reach = builder.mul(builder.sub(high, low), last)
  const step = builder.div(reach, builder.scalar(count - 1, 'float64'))
  const places = Array.from({ length: count }, (_, at) => at)
  const steps = builder.mul(builder.tensor(places, [1, count], 'float64'), step)
  return builder.add(builder.mul(low, last), steps)
}

function cropAndResize(context: LowerContext<CropAttrs>): Value {
  const { builder, attrs, node } = context
  const image = builder.cast(context.input('image'), 'float32')
  const [images, height, width] = image.shape as readonly [Dim, Dim, Dim, Dim]
  const [count, rows, columns] = node.outputs[0]!.shape as readonly [Dim, number, number, Dim]
  const edges = builder.cast(context.input('boxes'), 'float64')
  const edge = (index: number) => builder.slice(edges, [1], [index], [index + 1], [count, 1])
  const y = builder.reshape(along(builder, [edge(0), edge(2)], rows, height), [count, rows, 1])
  const x = builder.reshape(along(builder, [edge(1), edge(3)], columns, width), [count, 1, columns])
  const batch = builder.reshape(builder.cast(context.input('boxInd'), 'int64'), [count, 1, 1])
  const at = (row: Value, column: Value) => pixelsAt(builder, image, { batch, row, column })
  const isInside = builder.binary('And', inside(builder, y, height), inside(builder, x, width))
  const filled = (values: Value) => {
    const cropped = masked(builder, isInside, values, attrs.extrapolationValue)
    // Boxes of images that do not exist stay zero.
    const exists = builder.binary('Less', batch, builder.scalar(images, 'int64'), 'bool')
    return masked(builder, exists, cropped, 0)
  }
  if (attrs.method === 'nearest') return filled(at(rounded(builder, y), rounded(builder, x)))
  const [top, left] = [y, x].map((each) => builder.unary('Floor', each)) as [Value, Value]
  const [bottom, right] = [y, x].map((each) => builder.unary('Ceil', each)) as [Value, Value]
  const share = builder.sub(x, left)
  const upper = between(builder, at(top, left), at(top, right), share)
  const lower = between(builder, at(bottom, left), at(bottom, right), share)
  return filled(between(builder, upper, lower, builder.sub(y, top)))
}

/** Which pixel comes where: one Gather of rows, with a row of the filling at the end. The angle is an attribute, so that of an image of a fixed size it is known. */
function rotate({ builder, input, attrs }: LowerContext<RotateAttrs>): Value {
  const image = input('image')
  const [batch, height, width, channels] = image.shape as readonly [Dim, Dim, Dim, Dim]
  const pixels = times(height, width)
  const { fillValue } = attrs
  const filling =
    typeof fillValue === 'number'
      ? builder.scalar(fillValue, image.dtype)
      : builder.tensor(colourOf(fillValue, channels), [1, 1, Number(channels)], image.dtype)
  const spec = { shape: [batch, 1, channels], dtype: image.dtype }
  const last = builder.node('Expand', [filling, builder.shape(spec.shape)], {}, spec)
  const rows = builder.reshape(image, [batch, pixels, channels])
  const sources =
    typeof height === 'number' && typeof width === 'number'
      ? builder.ints(turnedPlaces(height, width, attrs))
      : builder.reshape(turnedPlacesOf(builder, height, width, attrs), [pixels])
  const picked = builder.gather(builder.concat([rows, last], 1), sources, 1)
  return builder.reshape(picked, image.shape)
}

function colourOf(fillValue: readonly number[], channels: Dim): number[] {
  if (typeof channels !== 'number') {
    throw new ShapeError({
      where: 'rotateWithOffset',
      expected: 'images filled with a colour must have a fixed number of channels',
      given: formatSize(channels),
      hint: 'Fix it, or fill with one number.',
    })
  }
  // The fourth channel is opacity.
  return Array.from({ length: channels }, (_, channel) =>
    channel === 3 ? 255 : fillValue[channel]!,
  )
}

/** For each pixel of the result the one that comes there; the number of pixels where none does. */
function turnedPlaces(height: number, width: number, attrs: RotateAttrs): number[] {
  const centre = attrs.center as number | [number, number]
  const [x0, y0] = backend_util.getImageCenter(centre, height, width) as [number, number]
  const [sin, cos] = [Math.sin(attrs.radians), Math.cos(attrs.radians)]
  return positions([height, width]).map(([row, column]) => {
    const [x, y] = [column! - x0, row! - y0]
    const atX = Math.round(x * cos - y * sin + x0)
    const atY = Math.round(x * sin + y * cos + y0)
    const isInside = atX >= 0 && atX < width && atY >= 0 && atY < height
    return isInside ? atY * width + atX : height * width
  })
}

/** The same for any size, in the same double precision and order, so that pixels half-way go the same way. */
function turnedPlacesOf(builder: OnnxBuilder, height: Dim, width: Dim, attrs: RotateAttrs): Value {
  const number = (value: Dim) => builder.scalar(value, 'float64')
  const { center, radians } = attrs
  const [shareX, shareY] = typeof center === 'number' ? [center, center] : center
  const [x0, y0] = [
    builder.mul(number(width), number(shareX)),
    builder.mul(number(height), number(shareY)),
  ]
  const grid = (size: Dim, shape: Shape) =>
    builder.reshape(builder.cast(rangeOf(builder, size, 'int64'), 'float64'), shape)
  const x = builder.sub(grid(width, [1, width]), x0)
  const y = builder.sub(grid(height, [height, 1]), y0)
  const [sin, cos] = [number(Math.sin(radians)), number(Math.cos(radians))]
  const turnedX = builder.sub(builder.mul(x, cos), builder.mul(y, sin))
  const turnedY = builder.add(builder.mul(x, sin), builder.mul(y, cos))
  const atX = rounded(builder, builder.add(turnedX, x0))
  const atY = rounded(builder, builder.add(turnedY, y0))
  const isInside = builder.binary(
    'And',
    inside(builder, atX, width),
    inside(builder, atY, height),
    'bool',
  )
  const places = builder.add(builder.mul(atY, number(width)), atX)
  return builder.cast(builder.where(isInside, places, number(times(height, width))), 'int64')
}
