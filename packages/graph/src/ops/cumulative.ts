import type { Dim, Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import type { LowerContext } from '../lower/context.ts'
import { takeAlong } from '../lower/slices.ts'
import { axisWithin } from './axis.ts'
import { rangeOf } from './creation.ts'
import { defineKernel, type KernelDeclaration, type KernelExample } from './declaration.ts'
import { cumprodGradient, cumsumGradient } from './gradients/cumulative.ts'
import { product } from './reduction.ts'

interface CumulativeAttrs {
  readonly axis: number
  readonly exclusive?: boolean
  readonly reverse?: boolean
}

const examples: readonly KernelExample[] = [
  { inputs: { x: { shape: [3, 5] } }, attrs: { axis: 1, exclusive: false, reverse: false } },
  {
    name: 'exclusive, backwards',
    inputs: { x: { shape: [2, 6] } },
    attrs: { axis: 1, exclusive: true, reverse: true },
  },
  {
    name: 'integers',
    inputs: { x: { shape: [6, 2], dtype: 'int32' } },
    attrs: { axis: 0, exclusive: true, reverse: false },
  },
]

/** Running sums and products along one axis. */
export const cumulativeKernels: readonly KernelDeclaration[] = [
  defineKernel<CumulativeAttrs>({
    kernel: 'Cumsum',
    gradient: cumsumGradient,
    infer: ({ inputs }) => summed(inputs.x!),
    lower: (context) => {
      const { builder, attrs, node } = context
      const x = builder.cast(context.input('x'), node.outputs[0]!.dtype)
      const axis = builder.scalar(axisWithin('cumsum', attrs.axis, x.shape.length), 'int64')
      const flags = { exclusive: attrs.exclusive ? 1 : 0, reverse: attrs.reverse ? 1 : 0 }
      return builder.node('CumSum', [x, axis], flags, x)
    },
    examples,
  }),
  defineKernel<CumulativeAttrs>({
    kernel: 'Cumprod',
    gradient: cumprodGradient,
    infer: ({ inputs }) => summed(inputs.x!),
    lower: products,
    examples,
  }),
]

function summed<S extends { readonly dtype: string }>(x: S): S {
  return x.dtype === 'bool' ? { ...x, dtype: 'int32' } : x
}

/**
 * ONNX has no running product. Each element is multiplied by the one 1, 2, 4, ... places before it until all are in (Hillis and Steele 1986), which
 * takes as many steps as the size has bits.
 */
function products(context: LowerContext<CumulativeAttrs>): Value {
  const { builder, attrs, node } = context
  let x = builder.cast(context.input('x'), node.outputs[0]!.dtype)
  const axis = axisWithin('cumprod', attrs.axis, x.shape.length)
  const size = x.shape[axis]!
  if (typeof size !== 'number') return productsOfAnySize(builder, x, axis, attrs)
  const shifted = (by: number): Value => {
    const shape = x.shape.map((each, at) => (at === axis ? by : each))
    const ones = builder.full(1, shape, x.dtype)
    if (by >= size) return ones
    const kept = takeAlong(builder, x, axis, attrs.reverse ? by : 0, size - by)
    return builder.concat(attrs.reverse ? [kept, ones] : [ones, kept], axis)
  }
  if (attrs.exclusive) x = shifted(1)
  for (let step = 1; step < size; step *= 2) x = builder.mul(x, shifted(step))
  return x
}

/** The same where the number of steps is not known: each product by itself, of a row of elements in which those that are not part of it are ones. */
function productsOfAnySize(
  builder: OnnxBuilder,
  x: Value,
  axis: number,
  { exclusive = false, reverse = false }: CumulativeAttrs,
): Value {
  const size = x.shape[axis]!
  const { shape } = x
  // [..., product, element, ...]
  const places = rangeOf(builder, size, 'int64')
  const behind: Dim[] = shape.slice(axis + 1).map(() => 1)
  const column = builder.reshape(places, [size, 1, ...behind])
  const element = builder.reshape(places, [1, size, ...behind])
  const [low, high] = reverse ? [column, element] : [element, column]
  const isPart = builder.binary(exclusive ? 'Less' : 'LessOrEqual', low, high, 'bool')
  const row = builder.reshape(x, [...shape.slice(0, axis), 1, ...shape.slice(axis)])
  const rows = builder.where(isPart, row, builder.scalar(1, x.dtype))
  return product(builder, rows, [axis + 1], false)
}
