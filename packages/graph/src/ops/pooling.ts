import { ShapeError } from '@ashlar/errors'
import type { Dim, Value } from '../ir/index.ts'
import { withoutNan } from '../lower/accurate.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { shapeIn } from '../lower/layout.ts'
import { type Padding, perAxis, windowAttributes, windowOf } from '../lower/window.ts'
import { LOWEST } from '../lower/window-rows.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type TensorSpec,
} from './declaration.ts'

interface PoolAttrs {
  readonly filterSize: number | readonly number[]
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const half = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' } as const
const overlap = { filterSize: [3, 3], strides: [2, 2], pad: 'same' } as const

const NAN =
  'ONNX leaves NaN open, and onnxruntime passes it over or keeps it by its place; the tfjs backend passes it over, as tfjs does.'

/** Pooling over two and three spatial axes; averages leave padding out. */
export const poolingKernels: readonly KernelDeclaration[] = [
  ...(['MaxPool', 'AvgPool'] as const).map((kernel) =>
    defineKernel<PoolAttrs>({
      kernel,
      note: kernel === 'MaxPool' ? NAN : undefined,
      infer,
      lower: (context) => pool(context, kernel === 'MaxPool' ? 'MaxPool' : 'AveragePool'),
      examples: [
        { inputs: { x: { shape: [2, 6, 6, 3] } }, attrs: half },
        { name: 'overlapping', inputs: { x: { shape: [1, 7, 6, 2] } }, attrs: overlap },
        { name: 'integers', inputs: { x: { shape: [1, 4, 4, 2], dtype: 'int32' } }, attrs: half },
      ],
    }),
  ),
  ...(['MaxPool3D', 'AvgPool3D'] as const).map((kernel) =>
    defineKernel<PoolAttrs>({
      kernel,
      note: kernel === 'MaxPool3D' ? NAN : undefined,
      infer,
      lower: (context) => pool(context, kernel === 'MaxPool3D' ? 'MaxPool' : 'AveragePool'),
      examples: [
        {
          inputs: { x: { shape: [1, 4, 4, 4, 2] } },
          attrs: { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid', dataFormat: 'NDHWC' },
        },
        {
          name: 'overlapping',
          inputs: { x: { shape: [2, 3, 5, 4, 2] } },
          attrs: { filterSize: [3, 2, 3], strides: [2, 2, 2], pad: 'same', dataFormat: 'NDHWC' },
        },
      ],
    }),
  ),
  defineKernel<PoolAttrs & { readonly includeBatchInIndex: boolean }>({
    kernel: 'MaxPoolWithArgmax',
    infer: (context) => {
      const { shape } = context.inputs.x!
      if (shape.length !== 4) {
        throw new ShapeError({
          where: 'maxPoolWithArgmax',
          expected: 'x must have rank 4',
          given: shape,
        })
      }
      const pooled = infer(context)
      return [pooled, { ...pooled, dtype: 'int32' }]
    },
    lower: poolWithPlaces,
    examples: [false, true].map((includeBatchInIndex) => ({
      name: includeBatchInIndex ? 'places in the batch' : 'places in the image',
      inputs: { x: { shape: [2, 5, 6, 3] } },
      attrs: { ...overlap, includeBatchInIndex },
    })),
  }),
]

function infer({ inputs, attrs }: InferContext<PoolAttrs>): TensorSpec {
  const { shape, dtype } = inputs.x!
  const { output } = windowOf(shape.slice(1, -1), kernelOf(attrs, shape), attrs)
  return { shape: [shape[0]!, ...output, shape.at(-1)!], dtype }
}

function kernelOf(attrs: PoolAttrs, shape: readonly Dim[]): number[] {
  return perAxis(attrs.filterSize, shape.length - 2)
}

function pool(context: LowerContext<PoolAttrs>, op: string): Lowered {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const layout = context.layoutOf('x') === 'blocked' ? 'blocked' : 'first'
  // onnxruntime pools floating point only; integers have more digits than float32 holds, but averages are no exact integers in tfjs either.
  const type = dtype === 'int32' && op === 'MaxPool' ? 'float64' : 'float32'
  const x: Value = builder.cast(context.input('x', layout), type)
  const kernel = kernelOf(attrs, shape)
  const isStrict = context.target.strictPools === true && op === 'MaxPool' && type === 'float32'
  const given = isStrict ? withoutNan(builder, x, Number.NEGATIVE_INFINITY) : x
  const pooled = builder.node(
    op,
    [given],
    windowAttributes(x.shape.slice(2), kernel, attrs),
    { shape: shapeIn('first', shape), dtype: type },
    layout === 'blocked' ? 'com.microsoft.nchwc' : '',
  )
  const value = isStrict ? withInfinity(builder, pooled) : pooled
  return { value: builder.cast(value, dtype), layout }
}

/** onnxruntime begins with the lowest number: a window of nothing but minus infinity gives that. */
function withInfinity(builder: OnnxBuilder, x: Value): Value {
  const isLowest = builder.binary('LessOrEqual', x, builder.scalar(LOWEST), 'bool')
  return builder.where(isLowest, builder.scalar(Number.NEGATIVE_INFINITY), x)
}

/** ONNX counts places over [batch, channels, ...space], tfjs over [...space, channels] with or without the batch before them. */
function poolWithPlaces(
  context: LowerContext<PoolAttrs & { readonly includeBatchInIndex: boolean }>,
): Lowered[] {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const given = context.input('x', 'first')
  // As in tfjs a NaN is passed over; onnxruntime keeps one that comes first.
  const x = withoutNan(builder, given, Number.NEGATIVE_INFINITY)
  const [, channels, height, width] = x.shape as readonly [Dim, number, number, number]
  const spec = { shape: shapeIn('first', shape), dtype }
  const [pooled, places] = builder.nodes(
    'MaxPool',
    [x],
    windowAttributes(x.shape.slice(2), kernelOf(attrs, shape), attrs),
    [spec, { ...spec, dtype: 'int64' }],
  ) as [Value, Value]
  const number = (value: number) => builder.scalar(value, 'int64')
  const pixels = height * width
  const pixel = builder.binary('Mod', places, number(pixels))
  const channel = builder.tensor([...Array(channels).keys()], [1, channels, 1, 1], 'int64')
  let place = builder.add(builder.mul(pixel, number(channels)), channel)
  if (attrs.includeBatchInIndex) {
    const size = number(pixels * channels)
    place = builder.add(place, builder.mul(builder.div(places, size), size))
  }
  return [
    { value: pooled, layout: 'first' },
    { value: builder.cast(place, 'int32'), layout: 'first' },
  ]
}
