import { ShapeError } from '@ashlar/errors'
import { type Dim, formatSize, isStatic, sameSamples, sizeOf, type Value } from '../ir/index.ts'
import {
  averagePoolGradient as averageInJavaScript,
  maxPoolGradient as maxInJavaScript,
} from '../javascript/pool-gradients.ts'
import type { LowerContext, Lowered, Placed } from '../lower/context.ts'
import { firstMaximum } from '../lower/first-maximum.ts'
import { type FreeWindows, spreadTaps, tapsOf } from '../lower/free-windows.ts'
import { positions } from '../lower/im2col.ts'
import { shapeIn } from '../lower/layout.ts'
import { type Padding, perAxis, type Window, windowOf } from '../lower/window.ts'
import { canTakePhases, phaseTaps, spreadPhases } from '../lower/window-phases.ts'
import { LOWEST, type Rows, rowsOf, spreadRows, windowTaps } from '../lower/window-rows.ts'
import { poolGradientChannels } from './channel-axes.ts'
import { rangeOf } from './creation.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { maxPool3dGradGradient } from './gradients/picked-windows.ts'
import {
  avgPool3dGradGradient,
  avgPoolGradGradient,
  maxPoolGradGradient,
} from './gradients/second-order.ts'

interface PoolGradAttrs {
  readonly filterSize: number | readonly number[]
  readonly strides: number | readonly number[]
  readonly pad: Padding
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil'
}

const half = { filterSize: [2, 2], strides: [2, 2], pad: 'valid' } as const
const overlap = { filterSize: [3, 3], strides: [2, 2], pad: 'same' } as const

/** Derivatives of pooling. A maximum's gradient goes to the first of equal elements, as TensorFlow has it. */
export const poolingGradientKernels: readonly KernelDeclaration[] = [
  ...(['MaxPoolGrad', 'MaxPool3DGrad'] as const).map((kernel, index) =>
    defineKernel<PoolGradAttrs>({
      kernel,
      gradient: index === 0 ? maxPoolGradGradient : maxPool3dGradGradient,
      ...(index === 0 && { channels: () => poolGradientChannels }),
      sizeAttrs: ['filterSize', 'strides', 'pad'],
      infer: ({ inputs }) => inputs.input!,
      lower: maxPoolGradient,
      wrongInTfjs:
        kernel === 'MaxPool3DGrad'
          ? {
              how: 'It takes other pixels than the largest where windows overlap at an edge.',
              instead: maxInJavaScript,
            }
          : undefined,
      examples: [],
      unchecked:
        'It needs the output of the pooling; test/ops/pooling-gradients.test.ts compares it through tf.grad.',
    }),
  ),
  ...(['AvgPoolGrad', 'AvgPool3DGrad'] as const).map((kernel, index) =>
    defineKernel<PoolGradAttrs>({
      kernel,
      gradient: index === 0 ? avgPoolGradGradient : avgPool3dGradGradient,
      ...(index === 0 && { channels: () => poolGradientChannels }),
      sizeAttrs: ['filterSize', 'strides', 'pad'],
      infer: ({ inputs }) => inputs.input!,
      lower: averagePoolGradient,
      wrongInTfjs: {
        how: 'It divides by the whole window where padding was left out.',
        instead: averageInJavaScript,
      },
      examples:
        index === 1
          ? [
              {
                inputs: { dy: { shape: [1, 2, 2, 2, 3] }, input: { shape: [1, 4, 4, 4, 3] } },
                attrs: { filterSize: [2, 2, 2], strides: [2, 2, 2], pad: 'valid' },
              },
              {
                name: 'padded',
                inputs: { dy: { shape: [2, 2, 3, 2, 2] }, input: { shape: [2, 3, 5, 4, 2] } },
                attrs: { filterSize: [3, 2, 3], strides: [2, 2, 2], pad: 'same' },
              },
            ]
          : [
              {
                inputs: { dy: { shape: [2, 3, 3, 4] }, input: { shape: [2, 6, 6, 4] } },
                attrs: half,
              },
              {
                name: 'overlapping',
                inputs: { dy: { shape: [1, 3, 3, 2] }, input: { shape: [1, 7, 7, 2] } },
                attrs: { ...overlap, pad: 'valid' },
              },
              {
                name: 'padded',
                inputs: { dy: { shape: [2, 4, 3, 2] }, input: { shape: [2, 7, 6, 2] } },
                attrs: overlap,
              },
            ],
    }),
  ),
]

function windowFor({ attrs, node }: LowerContext<PoolGradAttrs>): Window {
  const space = node.outputs[0]!.shape.slice(1, -1) as readonly number[]
  return windowOf(space, perAxis(attrs.filterSize, space.length), attrs)
}

/**
 * Tap by tap over all windows at once: the tap gets the gradient where it equals the maximum and no earlier tap did. MaxPool's
 * Indices output would say the same at ten times the cost.
 */
function maxPoolGradient(context: LowerContext<PoolGradAttrs>): Placed {
  const { builder, node, target } = context
  if (!hasFixedSpace(context)) return freeMaxPoolGradient(context)
  const window = windowFor(context)
  const layout = context.layoutOf('input') === 'blocked' ? 'blocked' : 'last'
  const rows = (name: string): Rows =>
    rowsOf(builder, context.input(name, layout), layout, context.target.block)
  const [x, y, dy] = [rows('input'), rows('output'), rows('dy')]
  const isByPhases = !target.strict && canTakePhases(x, window)
  const seen = isByPhases ? phaseTaps(builder, x, window) : windowTaps(builder, x, window, LOWEST)
  const parts = firstMaximum(builder, seen, y.value).map((mask) => builder.mul(dy.value, mask))
  const { shape } = node.outputs[0]!
  const value = isByPhases
    ? spreadPhases(builder, parts, window, shape)
    : spreadRows(builder, parts, x, window, shape)
  return { value, layout }
}

function averagePoolGradient(context: LowerContext<PoolGradAttrs>): Lowered {
  const { builder, node, target } = context
  if (!hasFixedSpace(context)) return freeAveragePoolGradient(context)
  const window = windowFor(context)
  const { shape } = node.outputs[0]!
  const layout = context.layoutOf('dy') === 'blocked' ? 'blocked' : 'last'
  const dy = rowsOf(builder, context.input('dy', layout), layout, context.target.block)
  const shares = builder.tensor(sharesOf(window), [1, Number(sizeOf(window.output)), 1])
  const share = builder.mul(dy.value, shares)
  const source: Rows = { ...dy, space: shape.slice(1, -1) as readonly number[] }
  const parts = positions(window.kernel).map(() => share)
  const value =
    !target.strict && canTakePhases(dy, window)
      ? spreadPhases(builder, parts, window, shape)
      : spreadRows(builder, parts, source, window, shape)
  return { value, layout }
}

function hasFixedSpace({ node }: LowerContext<PoolGradAttrs>): boolean {
  return isStatic(node.outputs[0]!.shape.slice(1, -1))
}

/** Windows over an image whose size varies; undefined for one window as large as the image. */
function freeWindows({
  attrs,
  node,
  logical,
}: LowerContext<PoolGradAttrs>): FreeWindows | undefined {
  const space = node.outputs[0]!.shape.slice(1, -1)
  const given: readonly Dim[] = Array.isArray(attrs.filterSize)
    ? attrs.filterSize
    : space.map(() => attrs.filterSize as Dim)
  if (isStatic(given)) return windowOf<Dim>(space, given, attrs) as FreeWindows
  const windows = logical('dy').shape.slice(1, -1)
  const isWhole = space.every(
    (size, axis) => sameSamples(size, given[axis]!) && sameSamples(windows[axis]!, 1),
  )
  if (isWhole && attrs.pad === 'valid') return undefined
  throw new ShapeError({
    where: node.scope || node.op,
    expected: 'a pooling window that follows a size that varies must be as large as the image',
    given: { filterSize: given.map(formatSize), image: space.map(formatSize) },
    hint: 'Fix the size of the input, or take means and maxima over axes, such as x.mean([1, 2]).',
  })
}

function freeMaxPoolGradient(context: LowerContext<PoolGradAttrs>): Placed {
  const { builder } = context
  const [x, y, dy] = ['input', 'output', 'dy'].map((name) => context.input(name, 'first')) as [
    Value,
    Value,
    Value,
  ]
  const windows = freeWindows(context)
  if (windows !== undefined) {
    const seen = tapsOf(builder, x, windows, LOWEST)
    const parts = firstMaximum(builder, seen, y).map((mask) => builder.mul(dy, mask))
    return { value: spreadTaps(builder, parts, windows), layout: 'first' }
  }
  const pixels = sizeOf(x.shape.slice(2))
  const flat = builder.reshape(x, [...x.shape.slice(0, 2), pixels])
  const spec = { shape: [...x.shape.slice(0, 2), 1], dtype: 'int64' } as const
  const first = builder.node('ArgMax', [flat], { axis: 2, keepdims: 1 }, spec)
  const isFirst = builder.binary('Equal', rangeOf(builder, pixels, 'int64'), first, 'bool')
  const mask = builder.reshape(builder.cast(isFirst, 'float32'), x.shape)
  return { value: builder.mul(mask, dy), layout: 'first' }
}

function freeAveragePoolGradient(context: LowerContext<PoolGradAttrs>): Placed {
  const { builder, node } = context
  const dy = context.input('dy', 'first')
  const windows = freeWindows(context)
  const shape = shapeIn('first', node.outputs[0]!.shape)
  if (windows === undefined) {
    const pixels = builder.scalar(sizeOf(shape.slice(2)), 'float32')
    const each = builder.div(dy, pixels)
    const value = builder.node(
      'Expand',
      [each, builder.shape(shape)],
      {},
      { shape, dtype: 'float32' },
    )
    return { value, layout: 'first' }
  }
  const { kernel, strides, before, input, output } = windows
  const share = output.reduce((rest: Value, count, axis) => {
    const number = (value: Dim) => builder.scalar(value, 'int64')
    const steps = builder.mul(rangeOf(builder, count, 'int64'), number(strides[axis]!))
    const start = builder.sub(steps, number(before[axis]!))
    const end = builder.binary(
      'Min',
      builder.add(start, number(kernel[axis]!)),
      number(input[axis]!),
    )
    const seen = builder.sub(end, builder.binary('Max', start, number(0)))
    const behind = output.slice(axis + 1).map(() => 1)
    return builder.div(rest, builder.reshape(builder.cast(seen, 'float32'), [count, ...behind]))
  }, dy)
  const parts = positions(kernel).map(() => share)
  return { value: spreadTaps(builder, parts, windows), layout: 'first' }
}

/** One over the number of elements that each window averaged, padding left out. */
function sharesOf(window: Window): number[] {
  return positions(window.output).map((position) => {
    const counts = position.map((at, axis) => {
      const start = at * window.strides[axis]! - window.before[axis]!
      const end = start + window.kernel[axis]!
      return Math.min(end, window.input[axis]!) - Math.max(start, 0)
    })
    return 1 / counts.reduce((product, count) => product * count, 1)
  })
}
