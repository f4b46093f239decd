import { type Dim, minus, plus, type Shape, type Value } from '../ir/index.ts'
import type { LowerContext, Lowered } from '../lower/context.ts'
import { axisLayout, placed } from '../lower/elementwise.ts'
import { shapeIn } from '../lower/layout.ts'
import { reversed, takeAlong } from '../lower/slices.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { mirrorPadGradient } from './gradients/shaping.ts'

/** How far an edge is padded may follow a size that varies. */
type Paddings = readonly (readonly [Dim, Dim])[]

/** Kernels that add elements at the edges. */
export const paddingKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly paddings: Paddings; readonly constantValue: number }>({
    kernel: 'PadV2',
    sizeAttrs: ['paddings'],
    infer: ({ inputs, attrs }) => ({
      shape: padded(inputs.x!.shape, attrs.paddings),
      dtype: inputs.x!.dtype,
    }),
    lower: (context) => {
      const { builder, attrs, node } = context
      const { shape, dtype } = node.outputs[0]!
      const layout = axisLayout(context as never, 'x')
      const x = context.input('x', layout)
      const sides = inLayout(attrs.paddings, layout)
      if (sides.every(([before, after]) => before === 0 && after === 0)) return placed(x, layout)
      const spec = { shape: shapeIn(layout, shape), dtype }
      const value = builder.scalar(attrs.constantValue ?? 0, dtype)
      return placed(
        builder.node('Pad', [x, pads(context as never, sides), value], {}, spec),
        layout,
      )
    },
    examples: [
      {
        inputs: { x: { shape: [2, 3] } },
        attrs: {
          paddings: [
            [1, 0],
            [2, 3],
          ],
          constantValue: 0.5,
        },
      },
      {
        name: 'integers',
        inputs: { x: { shape: [3], dtype: 'int32' } },
        attrs: { paddings: [[0, 2]], constantValue: 7 },
      },
    ],
  }),
  defineKernel<{ readonly paddings: Paddings; readonly mode: 'reflect' | 'symmetric' }>({
    kernel: 'MirrorPad',
    gradient: mirrorPadGradient,
    sizeAttrs: ['paddings'],
    infer: ({ inputs, attrs }) => ({
      shape: padded(inputs.x!.shape, attrs.paddings),
      dtype: inputs.x!.dtype,
    }),
    lower: mirrorPad,
    examples: (['reflect', 'symmetric'] as const).map((mode) => ({
      name: mode,
      inputs: { x: { shape: [4, 3] } },
      attrs: {
        paddings: [
          [2, 1],
          [0, 2],
        ],
        mode,
      },
    })),
  }),
]

function padded(shape: Shape, paddings: Paddings): Shape {
  return shape.map((size, axis) => plus(paddings[axis]![0], size, paddings[axis]![1]))
}

function inLayout<P extends Paddings>(paddings: P, layout: 'first' | 'last'): P {
  if (layout === 'last') return paddings
  const [batch, ...rest] = paddings
  return [batch!, rest.at(-1)!, ...rest.slice(0, -1)] as unknown as P
}

function pads({ builder }: LowerContext, sides: Paddings): Value {
  return builder.shape([...sides.map(([before]) => before), ...sides.map(([, after]) => after)])
}

/** Mirrored parts are slices taken backwards, so that sizes need not be known. ONNX itself only mirrors without the edge. */
function mirrorPad(
  context: LowerContext<{ readonly paddings: Paddings; readonly mode: string }>,
): Lowered {
  const { builder, attrs } = context
  const layout = axisLayout(context as never, 'x')
  // The edge itself is left out (reflect) or repeated (symmetric).
  const skip = attrs.mode === 'reflect' ? 1 : 0
  let x = context.input('x', layout)
  for (const [axis, [before, after]] of inLayout(attrs.paddings, layout).entries()) {
    const mirrored = (count: Dim, start: number, end: number, from: Dim): Value[] => {
      if (count === 0) return []
      const shape = x.shape.map((size, at) => (at === axis ? count : size))
      if (typeof count === 'number') return [builder.slice(x, [axis], [start], [end], shape, [-1])]
      // There may be none of them.
      return [reversed(builder, takeAlong(builder, x, axis, from, count), [axis])]
    }
    const [first, last] = [Number(before), Number(after)]
    const end = minus(x.shape[axis]!, skip, after)
    // The first `before` elements end at -size - 1, which any smaller number stands for.
    const parts = [
      ...mirrored(before, first - 1 + skip, skip === 1 ? 0 : -(2 ** 31), skip),
      x,
      ...mirrored(after, -1 - skip, -1 - skip - last, end),
    ]
    if (parts.length > 1) x = builder.concat(parts, axis)
  }
  return placed(x, layout)
}
