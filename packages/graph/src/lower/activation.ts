import { EngineError } from '@ashlar/errors'
import type { Value } from '../ir/index.ts'
import { elu, sigmoid } from './accurate.ts'
import type { OnnxBuilder } from './builder.ts'

/** Activations that tfjs's fused kernels name; `slope` belongs to prelu (tensor) and leakyrelu (number). */
export function activate(
  builder: OnnxBuilder,
  x: Value,
  activation: string | undefined | null,
  slope?: Value | number,
): Value {
  const apply = ACTIVATIONS[activation ?? 'linear']
  if (apply === undefined) {
    throw new EngineError({
      where: builder.scope || 'lowering',
      expected: `a fused activation must be one of ${Object.keys(ACTIVATIONS).join(', ')}`,
      given: activation,
    })
  }
  return apply(builder, x, slope)
}

const ACTIVATIONS: Readonly<
  Record<string, (builder: OnnxBuilder, x: Value, slope?: Value | number) => Value>
> = {
  linear: (_, x) => x,
  relu: (builder, x) => builder.unary('Relu', x),
  relu6: (builder, x) => builder.node('Clip', [x, builder.scalar(0), builder.scalar(6)], {}, x),
  elu: (builder, x) => elu(builder, x),
  sigmoid,
  leakyrelu: (builder, x, slope) =>
    builder.unary('LeakyRelu', x, { alpha: (slope as number) ?? 0.2 }),
  prelu: (builder, x, slope) => builder.binary('PRelu', x, slope as Value),
}

const KEEP_ZERO: ReadonlySet<string> = new Set([
  ...['linear', 'relu', 'relu6', 'elu', 'leakyrelu', 'prelu'],
])

/** Whether the activation of zero is zero, whatever else it takes. */
export function keepsZero(activation: string | undefined | null): boolean {
  return KEEP_ZERO.has(activation ?? 'linear')
}

/** What a matrix product, a convolution or a norm may give: anything. */
export const anything: readonly [low: number, high: number] = [
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
]

/** Where the numbers lie that a fused kernel gives, by the attribute `activation`. */
export function activatedRange(attrs: object): readonly [low: number, high: number] {
  const { activation } = attrs as { readonly activation?: string | null }
  return RANGES[activation ?? 'linear'] ?? anything
}

/** Of activations that bound what they give. */
const RANGES: Readonly<Record<string, readonly [low: number, high: number]>> = {
  relu: [0, Number.POSITIVE_INFINITY],
  relu6: [0, 6],
  elu: [-1, Number.POSITIVE_INFINITY],
  sigmoid: [0, 1],
}
