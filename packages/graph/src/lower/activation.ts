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
  const found = ACTIVATIONS[activation ?? 'linear']
  if (found === undefined) {
    throw new EngineError({
      where: builder.scope || 'lowering',
      expected: `a fused activation must be one of ${Object.keys(ACTIVATIONS).join(', ')}`,
      given: activation,
    })
  }
  return found.apply(builder, x, slope)
}

interface Activation {
  readonly apply: (builder: OnnxBuilder, x: Value, slope?: Value | number) => Value
  /** Where it bounds what it gives. */
  readonly range?: readonly [low: number, high: number]
  /** Whether it gives zero for zero, whatever else it takes. */
  readonly keepsZero: boolean
}

const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: { apply: (_, x) => x, keepsZero: true },
  relu: {
    apply: (builder, x) => builder.unary('Relu', x),
    range: [0, Number.POSITIVE_INFINITY],
    keepsZero: true,
  },
  relu6: {
    apply: (builder, x) => builder.node('Clip', [x, builder.scalar(0), builder.scalar(6)], {}, x),
    range: [0, 6],
    keepsZero: true,
  },
  elu: {
    apply: (builder, x) => elu(builder, x),
    range: [-1, Number.POSITIVE_INFINITY],
    keepsZero: true,
  },
  sigmoid: { apply: sigmoid, range: [0, 1], keepsZero: false },
  leakyrelu: {
    apply: (builder, x, slope) =>
      builder.unary('LeakyRelu', x, { alpha: (slope as number) ?? 0.2 }),
    keepsZero: true,
  },
  prelu: {
    apply: (builder, x, slope) => builder.binary('PRelu', x, slope as Value),
    keepsZero: true,
  },
}

/** Whether the activation of zero is zero, as far as it is known. */
export function keepsZero(activation: string | undefined | null): boolean {
  return ACTIVATIONS[activation ?? 'linear']?.keepsZero ?? false
}

/** What a matrix product, a convolution or a norm may give: anything. */
export const anything: readonly [low: number, high: number] = [
  Number.NEGATIVE_INFINITY,
  Number.POSITIVE_INFINITY,
]

/** Where the numbers lie that a fused kernel gives, by the attribute `activation`. */
export function activatedRange(attrs: object): readonly [low: number, high: number] {
  const { activation } = attrs as { readonly activation?: string | null }
  return ACTIVATIONS[activation ?? 'linear']?.range ?? anything
}
