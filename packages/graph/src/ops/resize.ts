import { ShapeError } from '@ashlar/errors'
import { type Dim, type Shape, staticShape, type Value } from '../ir/index.ts'
import type { LowerContext, Placed } from '../lower/context.ts'
import { shapeIn } from '../lower/layout.ts'
import {
  defineKernel,
  type InferContext,
  type KernelDeclaration,
  type KernelExample,
  type SizedSpec,
} from './declaration.ts'

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
    infer: (context) => inferResize(context, mode),
    lower: (context) => resize(context, mode),
    examples: resizeExamples(),
  }),
  defineKernel<ResizeAttrs>({
    kernel: `${kernel}Grad`,
    infer: ({ inputs }) => ({ shape: inputs.images!.shape, dtype: 'float32' }),
    lower: (context) => resizeGradient(context, mode),
    // tfjs's CPU kernels know nothing of half pixels here, and ResizeNearestNeighborGrad reads the wrong rows from the second image on;
    // test/ops/resize.test.ts checks these.
    examples: modes.slice(0, 2).map((corners) => ({
      name: corners.alignCorners ? 'corners aligned' : 'plain',
      inputs: { images: { shape: [1, 4, 4, 3] }, dy: { shape: [1, 7, 6, 3] } },
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
      name: `${name}${corners.alignCorners ? ', corners aligned' : ''}${corners.halfPixelCenters ? ', half pixels' : ''}`,
      inputs: { images: { shape } },
      attrs: { ...corners, size },
    })),
  )
}

/** ONNX Resize, whose ways of placing pixels have TensorFlow's as special cases. */
function resize(context: LowerContext<ResizeAttrs>, mode: Mode): Placed {
  const { builder, attrs, node } = context
  const { shape, dtype } = node.outputs[0]!
  const layout = 'first'
  const x = builder.cast(context.input('images', layout), dtype)
  const target: Shape = shapeIn(layout, shape)
  const inputs = [x, undefined, undefined, builder.shape(target)]
  const attributes = {
    mode,
    coordinate_transformation_mode: placement(attrs),
    ...(mode === 'nearest' ? { nearest_mode: rounding(attrs) } : {}),
  }
  return { value: builder.node('Resize', inputs, attributes, { shape: target, dtype }), layout }
}

function placement({ alignCorners, halfPixelCenters }: ResizeAttrs): string {
  if (alignCorners) return 'align_corners'
  return halfPixelCenters ? 'half_pixel' : 'asymmetric'
}

/** TensorFlow takes the pixel that a place lies in: the floor, or with half pixels the floor of the place plus a half. */
function rounding({ alignCorners, halfPixelCenters }: ResizeAttrs): string {
  return alignCorners || halfPixelCenters ? 'round_prefer_ceil' : 'floor'
}

/** Rows and columns are scaled one after the other, each by a matrix; the derivative is their transposes. Sizes must be fixed. */
function resizeGradient(context: LowerContext<ResizeAttrs>, mode: Mode): Value {
  const { builder, attrs } = context
  const dy = context.input('dy')
  const where = context.node.scope || context.node.op
  const shape = staticShape(context.logical('images').shape, where)
  const [batch, height, width, channels] = shape as readonly [number, number, number, number]
  const [, rows, columns] = dy.shape as readonly [number, number, number, number]
  const matrix = (from: number, to: number): Value => {
    const key = `resize ${mode} ${placement(attrs)} ${from} ${to}`
    return builder.shared(key, () =>
      builder.tensor(weights(from, to, mode, attrs), [from, to], 'float32'),
    )
  }
  const flat = builder.reshape(dy, [batch, rows, columns * channels])
  const tall = builder.matMul(matrix(height, rows), flat)
  const lines = builder.reshape(tall, [batch * height, columns, channels])
  return builder.reshape(builder.matMul(matrix(width, columns), lines), shape)
}

/** How much each of `from` pixels counts in each of `to` scaled ones: row-major [from, to]. */
function weights(from: number, to: number, mode: Mode, attrs: ResizeAttrs): number[] {
  const isAligned = attrs.alignCorners === true && to > 1
  const scale = isAligned ? (from - 1) / (to - 1) : from / to
  const result = new Array<number>(from * to).fill(0)
  const add = (pixel: number, target: number, weight: number) => {
    result[Math.min(from - 1, Math.max(0, pixel)) * to + target]! += weight
  }
  for (let target = 0; target < to; target++) {
    if (mode === 'nearest') {
      const place = attrs.halfPixelCenters ? scale * (target + 0.5) : scale * target
      add(attrs.alignCorners ? Math.round(place) : Math.floor(place), target, 1)
    } else {
      const place = attrs.halfPixelCenters ? scale * (target + 0.5) - 0.5 : scale * target
      const low = Math.floor(place)
      add(low, target, 1 - (place - low))
      add(low + 1, target, place - low)
    }
  }
  return result
}
