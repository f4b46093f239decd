import { type Dim, floorDiv, minus, plus, times, type Value } from '../ir/index.ts'
import { isChannelsFirst } from '../lower/data-format.ts'
import { placed } from '../lower/elementwise.ts'
import { shapeIn } from '../lower/layout.ts'
import { sliceAt } from '../lower/slices.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { depthToSpaceGradient } from './gradients/shaping.ts'

type Pairs = readonly (readonly [Dim, Dim])[]

const product = (sizes: readonly number[]) => sizes.reduce((total, size) => total * size, 1)
const over = floorDiv

/** Kernels that move blocks of pixels into channels or the batch. */
export const spaceKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly blockSize: number; readonly dataFormat?: string }>({
    kernel: 'DepthToSpace',
    gradient: depthToSpaceGradient,
    images: ['x'],
    infer: ({ inputs, attrs }) => {
      const { shape, dtype } = inputs.x!
      const { blockSize: block } = attrs
      const first = isChannelsFirst(attrs)
      const [batch, height, width, depth] = (
        first ? [shape[0], shape[2], shape[3], shape[1]] : shape
      ) as [Dim, Dim, Dim, Dim]
      const channels = over(depth, block * block)
      const space = [times(height, block), times(width, block)]
      return { shape: first ? [batch, channels, ...space] : [batch, ...space, channels], dtype }
    },
    lower: ({ builder, input, attrs, node }) => {
      const { shape, dtype } = node.outputs[0]!
      const spec = { shape: shapeIn('first', shape), dtype }
      const x = input('x', 'first')
      const attributes = { blocksize: attrs.blockSize, mode: 'DCR' }
      return placed(builder.node('DepthToSpace', [x], attributes, spec), 'first')
    },
    examples: [
      { inputs: { x: { shape: [2, 2, 3, 8] } }, attrs: { blockSize: 2, dataFormat: 'NHWC' } },
      {
        name: 'channels first',
        inputs: { x: { shape: [1, 4, 1, 2], values: [1, 2, 3, 4, 5, 6, 7, 8] } },
        attrs: { blockSize: 2, dataFormat: 'NCHW' },
        expected: [[1, 3, 2, 4, 5, 7, 6, 8]],
      },
    ],
  }),
  defineKernel<{ readonly blockShape: readonly number[]; readonly paddings: Pairs }>({
    kernel: 'SpaceToBatchND',
    sizeAttrs: ['paddings'],
    infer: ({ inputs, attrs: { blockShape, paddings } }) => {
      const { shape, dtype } = inputs.x!
      const [batch, ...rest] = shape
      const space = blockShape.map((block, axis) => {
        const [before, after] = paddings[axis]!
        return over(plus(before, rest[axis]!, after), block)
      })
      const tail = rest.slice(blockShape.length)
      return { shape: [times(batch!, product(blockShape)), ...space, ...tail], dtype }
    },
    lower: ({ builder, input, attrs: { blockShape, paddings } }) => {
      const x = padSpace(input('x'))
      const [batch, ...rest] = x.shape
      const count = blockShape.length
      const tail = rest.slice(count)
      const split = builder.reshape(x, [
        batch!,
        ...blockShape.flatMap((block, axis) => [over(rest[axis]!, block), block]),
        ...tail,
      ])
      const axes = [...blockShape.keys()]
      const turned = builder.transpose(split, [
        ...axes.map((axis) => 2 * axis + 2),
        0,
        ...axes.map((axis) => 2 * axis + 1),
        ...tail.map((_, at) => 1 + 2 * count + at),
      ])
      return builder.reshape(turned, [
        times(batch!, product(blockShape)),
        ...blockShape.map((block, axis) => over(rest[axis]!, block)),
        ...tail,
      ])

      function padSpace(value: Value): Value {
        if (paddings.every(([before, after]) => before === 0 && after === 0)) return value
        const side = (index: 0 | 1) =>
          value.shape.map((_, axis) => paddings[axis - 1]?.[index] ?? 0)
        const shape = value.shape.map((size, axis) => {
          const [before, after] = paddings[axis - 1] ?? [0, 0]
          return plus(before, size, after)
        })
        const pads = builder.shape([...side(0), ...side(1)])
        const zero = builder.scalar(0, value.dtype)
        return builder.node('Pad', [value, pads, zero], {}, { shape, dtype: value.dtype })
      }
    },
    examples: [
      {
        inputs: { x: { shape: [2, 3, 4, 3] } },
        attrs: {
          blockShape: [2, 2],
          paddings: [
            [1, 0],
            [0, 2],
          ],
        },
      },
      {
        name: 'one axis',
        inputs: { x: { shape: [1, 6, 2] } },
        attrs: { blockShape: [3], paddings: [[0, 0]] },
      },
    ],
  }),
  defineKernel<{ readonly blockShape: readonly number[]; readonly crops: Pairs }>({
    kernel: 'BatchToSpaceND',
    sizeAttrs: ['crops'],
    infer: ({ inputs, attrs: { blockShape, crops } }) => {
      const { shape, dtype } = inputs.x!
      const [batch, ...rest] = shape
      const space = blockShape.map((block, axis) => {
        const [before, after] = crops[axis]!
        return minus(times(rest[axis]!, block), before, after)
      })
      const tail = rest.slice(blockShape.length)
      return { shape: [over(batch!, product(blockShape)), ...space, ...tail], dtype }
    },
    lower: ({ builder, input, attrs: { blockShape, crops }, node }) => {
      const x = input('x')
      const [batch, ...rest] = x.shape
      const count = blockShape.length
      const tail = rest.slice(count)
      const images = over(batch!, product(blockShape))
      const split = builder.reshape(x, [...blockShape, images, ...rest])
      const axes = [...blockShape.keys()]
      const turned = builder.transpose(split, [
        count,
        ...axes.flatMap((axis) => [count + 1 + axis, axis]),
        ...tail.map((_, at) => 1 + 2 * count + at),
      ])
      const whole = builder.reshape(turned, [
        images,
        ...blockShape.map((block, axis) => times(rest[axis]!, block)),
        ...tail,
      ])
      const { shape } = node.outputs[0]!
      const begin = shape.map((_, axis) => crops[axis - 1]?.[0] ?? 0)
      return sliceAt(builder, whole, begin, shape)
    },
    examples: [
      {
        inputs: { x: { shape: [8, 2, 3, 3] } },
        attrs: {
          blockShape: [2, 2],
          crops: [
            [1, 0],
            [0, 2],
          ],
        },
      },
      {
        name: 'one axis',
        inputs: { x: { shape: [3, 2, 2] } },
        attrs: { blockShape: [3], crops: [[0, 0]] },
      },
    ],
  }),
]
