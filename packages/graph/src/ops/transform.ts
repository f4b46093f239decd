import { type Dim, larger, minus, type Shape, type Value } from '../ir/index.ts'
import { transform as inJavaScript } from '../javascript/transform.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext } from '../lower/context.ts'
import { between, inside, masked, pixelsAt, rounded } from '../lower/sampling.ts'
import { rangeOf } from './creation.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { transformGradient } from './gradients/sampling.ts'

type FillMode = 'constant' | 'reflect' | 'wrap' | 'nearest'

interface TransformAttrs {
  readonly interpolation: 'nearest' | 'bilinear'
  readonly fillMode: FillMode
  readonly fillValue: number
  readonly outputShape?: readonly [number, number] | null
}

const TURN = [1.1, 0.4, -1.7, -0.3, 0.9, 0.6, 0.01, -0.02]

/** Projective transforms of images. A transform [a0 ... a7] takes each place of the result to ((a0 x + a1 y + a2) / k, (a3 x + a4 y + a5) / k) with k = a6 x + a7 y + 1. */
export const transformKernels: readonly KernelDeclaration[] = [
  defineKernel<TransformAttrs>({
    kernel: 'Transform',
    gradient: transformGradient,
    infer: ({ inputs, attrs }) => {
      const [batch, height, width, channels] = inputs.image!.shape as Dim[]
      const [rows, columns] = attrs.outputShape ?? [height!, width!]
      return { shape: [batch!, rows!, columns!, channels!], dtype: inputs.image!.dtype }
    },
    lower: transform,
    wrongInTfjs: { how: 'It only does the first image.', instead: inJavaScript },
    examples: (['constant', 'reflect', 'wrap', 'nearest'] as const)
      .flatMap((fillMode, index) =>
        (['nearest', 'bilinear'] as const).map((interpolation) => ({
          name: `${fillMode}, ${interpolation}`,
          inputs: {
            image: { shape: [2, 4, 5, 2] },
            // One for all images, or one for each.
            transforms: {
              shape: [1 + (index % 2), 8],
              values: [
                ...TURN,
                ...(index % 2 === 1 ? [0.9, -0.2, 1.3, 0.2, 1.2, -0.8, 0, 0.015] : []),
              ],
            },
          },
          attrs: { interpolation, fillMode, fillValue: -3, outputShape: [5, 6] },
        })),
      )
      .concat(
        (['constant', 'reflect', 'wrap', 'nearest'] as const).flatMap((fillMode) =>
          (['nearest', 'bilinear'] as const).map((interpolation) => ({
            name: `${fillMode}, ${interpolation}, no place half-way`,
            inputs: {
              image: { shape: [1, 4, 5, 2] },
              transforms: {
                shape: [1, 8],
                values: [1.137, 0.413, -1.731, -0.317, 0.923, 0.619, 0.0113, -0.0217],
              },
            },
            attrs: { interpolation, fillMode, fillValue: -3, outputShape: [5, 6] },
          })),
        ),
      ),
  }),
]

const float = 'float64'

function transform(context: LowerContext<TransformAttrs>): Value {
  const { builder, attrs, node } = context
  const image = builder.cast(context.input('image'), 'float32')
  const [images, height, width] = image.shape as readonly [Dim, Dim, Dim, Dim]
  const [, rows, columns] = node.outputs[0]!.shape as readonly [Dim, Dim, Dim, Dim]
  const all = builder.cast(context.input('transforms'), float)
  const count = all.shape[0]!
  const a = (index: number) =>
    builder.reshape(builder.slice(all, [1], [index], [index + 1], [count, 1]), [count, 1, 1])
  const grid = (size: Dim, shape: Shape) =>
    builder.reshape(builder.cast(rangeOf(builder, size, 'int64'), float), shape)
  const [x, y] = [grid(columns, [1, 1, columns]), grid(rows, [1, rows, 1])]
  const plane = (first: number, last: Value) =>
    builder.add(builder.add(builder.mul(a(first), x), builder.mul(a(first + 1), y)), last)
  const projection = plane(6, builder.scalar(1, float))
  const place = (first: number, size: Dim) =>
    mapped(builder, builder.div(plane(first, a(first + 2)), projection), size, attrs.fillMode)
  const [inX, inY] = [place(0, width), place(3, height)]
  const range = [builder.scalar(0, 'int64'), builder.scalar(images, 'int64')]
  const spec = { shape: [images], dtype: 'int64' } as const
  const numbers = builder.node('Range', [...range, builder.scalar(1, 'int64')], {}, spec)
  const batch = builder.reshape(numbers, [images, 1, 1])
  const read = (row: Value, column: Value) => {
    const values = pixelsAt(builder, image, { batch, row, column })
    const rowsInside = inside(builder, row, height)
    const isInside = builder.binary('And', rowsInside, inside(builder, column, width))
    return masked(builder, isInside, values, attrs.fillValue)
  }
  const values =
    attrs.interpolation === 'nearest'
      ? read(rounded(builder, inY), rounded(builder, inX))
      : bilinear(builder, inY, inX, read)
  // A place at infinity is outside.
  const isNear = builder.unary(
    'Not',
    builder.binary('Equal', projection, builder.scalar(0, float), 'bool'),
  )
  return builder.cast(masked(builder, isNear, values, attrs.fillValue), node.outputs[0]!.dtype)
}

function bilinear(
  builder: OnnxBuilder,
  y: Value,
  x: Value,
  read: (row: Value, column: Value) => Value,
): Value {
  const one = builder.scalar(1, float)
  const [top, left] = [y, x].map((each) => builder.unary('Floor', each)) as [Value, Value]
  const [bottom, right] = [top, left].map((each) => builder.add(each, one)) as [Value, Value]
  const share = builder.sub(x, left)
  const upper = between(builder, read(top, left), read(top, right), share)
  const lower = between(builder, read(bottom, left), read(bottom, right), share)
  return between(builder, upper, lower, builder.sub(y, top))
}

/** Where the image goes on beyond its edges, as TensorFlow defines it (image_ops.h, MapCoordinate). */
function mapped(builder: OnnxBuilder, place: Value, size: Dim, mode: FillMode): Value {
  if (mode === 'constant') return place
  const number = (value: number) => builder.scalar(value, float)
  const last = builder.scalar(minus(size, 1), float)
  const choose = (condition: Value, yes: Value, no: Value) => builder.where(condition, yes, no)
  const clamp = (value: Value) => builder.node('Clip', [value, number(0), last], {}, value)
  const less = (a: Value, b: Value) => builder.binary('Less', a, b, 'bool')
  const wholes = (value: Value, unit: Value) => builder.unary('Floor', builder.div(value, unit))
  if (mode === 'nearest') return clamp(place)
  const isBelow = less(place, number(0))
  const negated = builder.unary('Neg', place)
  const length = builder.scalar(size, float)
  if (mode === 'wrap') {
    // One pixel goes on as itself.
    const period = builder.scalar(larger(1, minus(size, 1)), float)
    const turns = builder.add(wholes(negated, period), number(1))
    const below = builder.add(place, builder.mul(length, turns))
    const above = builder.sub(place, builder.mul(length, wholes(place, period)))
    return clamp(choose(isBelow, below, choose(less(last, place), above, place)))
  }
  const period = builder.mul(length, number(2))
  const above = builder.sub(place, builder.mul(period, wholes(place, period)))
  const folded = builder.sub(builder.sub(period, above), number(1))
  const upper = choose(less(above, length), above, folded)
  const moved = builder.add(builder.mul(period, wholes(negated, period)), place)
  const turned = builder.sub(builder.unary('Neg', moved), number(1))
  const isFar = less(moved, builder.unary('Neg', length))
  const lower = choose(isFar, builder.add(moved, period), turned)
  return clamp(choose(isBelow, lower, upper))
}
