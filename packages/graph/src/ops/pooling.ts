import { ShapeError } from '@ashlar/errors'
import {
  type Dim,
  type DType,
  isStatic,
  sameSamples,
  staticShape,
  times,
  type Value,
} from '../ir/index.ts'
import {
  averagePool as averageInJavaScript,
  maxPool as maxInJavaScript,
  wrongBetweenWindows,
} from '../javascript/volumes.ts'
import { withoutNan } from '../lower/accurate.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { shapeIn } from '../lower/layout.ts'
import { type Padding, perAxis, pixelsOf, windowOf } from '../lower/window.ts'
import { paddedSpace, windowAttributes, windowNode } from '../lower/window-attributes.ts'
import { LOWEST } from '../lower/window-rows.ts'
import { poolChannels } from './channel-axes.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type SizedSpec,
} from './declaration.ts'
import { argmaxPoolGradient } from './gradients/picking.ts'
import { poolWindows } from './varying-windows.ts'

interface PoolAttrs {
  readonly filterSize: Dim | readonly Dim[]
  readonly strides: Dim | readonly Dim[]
  readonly dilations?: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

interface PlacesAttrs extends PoolAttrs {
  readonly strides: number | readonly number[]
  readonly includeBatchInIndex: boolean
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
      sizeAttrs: ['filterSize', 'strides', 'pad'],
      range: 'inputs',
      channels: () => poolChannels,
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
      sizeAttrs: ['filterSize', 'strides', 'pad'],
      range: 'inputs',
      note: kernel === 'MaxPool3D' ? NAN : undefined,
      infer,
      lower: (context) => pool(context, kernel === 'MaxPool3D' ? 'MaxPool' : 'AveragePool'),
      wrongInTfjs: wrongBetweenWindows(
        kernel === 'MaxPool3D' ? maxInJavaScript : averageInJavaScript,
      ),
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
        {
          name: 'with gaps',
          inputs: { x: { shape: [1, 5, 6, 7, 2] } },
          attrs: { filterSize: [1, 2, 1], strides: [3, 3, 3], pad: 'same', dataFormat: 'NDHWC' },
        },
      ],
    }),
  ),
  defineKernel<PlacesAttrs>({
    kernel: 'MaxPoolWithArgmax',
    gradient: argmaxPoolGradient,
    sizeAttrs: ['pad'],
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

function infer({ inputs, attrs }: InferContext<PoolAttrs>): SizedSpec {
  const { shape, dtype } = inputs.x!
  const output = pixelsOf('pooling', shape.slice(1, -1), kernelOf(attrs, shape), attrs)
  return { shape: [shape[0]!, ...output, shape.at(-1)!], dtype }
}

function kernelOf({ filterSize }: PoolAttrs, shape: readonly Dim[]): readonly Dim[] {
  const axes = shape.length - 2
  return Array.isArray(filterSize)
    ? (filterSize as readonly Dim[])
    : Array.from({ length: axes }, () => filterSize as Dim)
}

function pool(context: LowerContext<PoolAttrs>, op: 'MaxPool' | 'AveragePool'): Lowered {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const kernel = kernelOf(attrs, shape)
  const space = context.logical('x').shape.slice(1, -1)
  const strides = perAxis<Dim>(attrs.strides, kernel.length)
  if (!isStatic(kernel) || !isStatic(strides)) return varyingPool(context, op, kernel)
  const { attributes, pads } = windowNode(space, kernel, { ...attrs, strides })
  const layout = context.layoutOf('x') === 'blocked' && pads === undefined ? 'blocked' : 'first'
  // onnxruntime pools floating point only; integers have more digits than float32 holds, but averages are no exact integers in tfjs either.
  const type: DType = dtype === 'int32' && op === 'MaxPool' ? 'float64' : 'float32'
  const x: Value = builder.cast(context.input('x', layout), type)
  const spec = { shape: shapeIn('first', shape), dtype: type } as const
  const domain = layout === 'blocked' ? 'com.microsoft.nchwc' : ''
  const isStrict = context.target.strict === true && op === 'MaxPool' && type === 'float32'
  const run = (image: Value) => {
    const given = isStrict ? withoutNan(builder, image, Number.NEGATIVE_INFINITY) : image
    const pooled = builder.node(op, [given], attributes, spec, domain)
    return isStrict ? withInfinity(builder, pooled) : pooled
  }
  if (pads === undefined) return { value: builder.cast(run(x), dtype), layout }
  const filling = op === 'MaxPool' ? Number.NEGATIVE_INFINITY : 0
  const pooled = run(paddedSpace(builder, x, pads, filling))
  if (op === 'MaxPool') return { value: builder.cast(pooled, dtype), layout }
  // Averages leave padding out: what is padded, over how much of each window is not.
  const ones = builder.full(1, [1, 1, ...x.shape.slice(2)])
  const share = builder.node(op, [paddedSpace(builder, ones, pads, 0)], attributes, {
    ...spec,
    shape: [1, 1, ...spec.shape.slice(2)],
  })
  return { value: builder.cast(builder.div(pooled, share), dtype), layout }
}

/** A window that follows the size of the image, as large as all of it or not. */
function varyingPool(
  context: LowerContext<PoolAttrs>,
  op: 'MaxPool' | 'AveragePool',
  kernel: readonly Dim[],
): Lowered {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const space = context.logical('x').shape.slice(1, -1)
  const isWhole = space.every(
    (size, axis) => sameSamples(size, kernel[axis]!) && sameSamples(shape[axis + 1]!, 1),
  )
  // Integers have more digits than float32 holds.
  const type: DType = dtype === 'int32' && op === 'MaxPool' ? 'int32' : 'float32'
  const x = builder.cast(context.input('x', 'first'), type)
  const spec = { shape: shapeIn('first', shape), dtype: type } as const
  const pooled =
    isWhole && attrs.pad === 'valid' && type === 'float32'
      ? builder.node(`Global${op}`, [x], {}, spec)
      : poolWindows(builder, x, windowOf<Dim, Dim>(space, kernel, attrs), op)
  return { value: builder.cast(builder.reshape(pooled, spec.shape), dtype), layout: 'first' }
}

/** onnxruntime begins with the lowest number: a window of nothing but minus infinity gives that. */
function withInfinity(builder: OnnxBuilder, x: Value): Value {
  const isLowest = builder.binary('LessOrEqual', x, builder.scalar(LOWEST), 'bool')
  return builder.where(isLowest, builder.scalar(Number.NEGATIVE_INFINITY), x)
}

/** ONNX counts places over [batch, channels, ...space], tfjs over [...space, channels] with or without the batch before them. */
function poolWithPlaces(context: LowerContext<PlacesAttrs>): Lowered[] {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const given = context.input('x', 'first')
  // As in tfjs a NaN is passed over; onnxruntime keeps one that comes first.
  const x = withoutNan(builder, given, Number.NEGATIVE_INFINITY)
  const [, channels, height, width] = x.shape as readonly [Dim, number, Dim, Dim]
  const spec = { shape: shapeIn('first', shape), dtype }
  const [pooled, places] = builder.nodes(
    'MaxPool',
    [x],
    windowAttributes(
      x.shape.slice(2),
      staticShape(kernelOf(attrs, shape), 'maxPoolWithArgmax'),
      attrs,
    ),
    [spec, { ...spec, dtype: 'int64' }],
  ) as [Value, Value]
  const number = (value: Dim) => builder.scalar(value, 'int64')
  const pixels = times(height, width)
  const pixel = builder.binary('Mod', places, number(pixels))
  const channel = builder.tensor([...Array(channels).keys()], [1, channels, 1, 1], 'int64')
  let place = builder.add(builder.mul(pixel, number(channels)), channel)
  if (attrs.includeBatchInIndex) {
    const size = number(times(pixels, channels))
    place = builder.add(place, builder.mul(builder.div(places, size), size))
  }
  return [
    { value: pooled, layout: 'first' },
    { value: builder.cast(place, 'int32'), layout: 'first' },
  ]
}
