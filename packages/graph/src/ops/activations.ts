import type { Value } from '../ir/index.ts'
import type { LowerContext } from '../lower/context.ts'
import { elementwiseInputs, placed } from '../lower/elementwise.ts'
import {
  type ActivationFunction,
  activationFunctions,
  type Known,
  type Numbers,
} from './activation-functions.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

/** Of `Activation` and `ActivationSlope`: one of the names in activation-functions.ts, and what that function goes by. */
export type ActivationAttrs = Readonly<Record<string, string | number>> & {
  readonly function: string
}

const unchecked =
  "Ashlar's own kernel, right to about 1e-7 of one; test/ops/activations.test.ts holds each function against its meaning."

/**
 * Functions of one number and their slopes in the fewest passes over memory. passes/recognise-activations.ts puts them into steps of training, by what a program computes rather than how it is
 * written.
 */
export const activationKernels: readonly KernelDeclaration[] = [
  defineKernel<ActivationAttrs>({
    kernel: 'Activation',
    isOwn: true,
    pointwise: (x, attrs) => functionOf(attrs).of(x, numbersOf(attrs)),
    infer: ({ inputs }) => inputs.x!,
    lower: (context) => {
      const { values, layout } = elementwiseInputs(context as unknown as LowerContext, ['x'])
      const { builder, attrs } = context
      return placed(functionOf(attrs).value(builder, values[0]!, numbersOf(attrs)), layout)
    },
    examples: [],
    unchecked,
  }),
  // Its inputs are those that the function's slope follows from.
  defineKernel<ActivationAttrs>({
    kernel: 'ActivationSlope',
    isOwn: true,
    pointwise: (...given) => {
      const attrs = given.pop() as ActivationAttrs
      const { slopeFrom, slopeOf } = functionOf(attrs)
      return slopeOf(named(slopeFrom, given as number[]), numbersOf(attrs))
    },
    infer: ({ inputs }) => Object.values(inputs)[0]!,
    lower: (context) => {
      const { builder, attrs } = context
      const { slopeFrom, slope } = functionOf(attrs)
      const { values, layout } = elementwiseInputs(context as unknown as LowerContext, slopeFrom)
      return placed(slope(builder, named(slopeFrom, values as Value[]), numbersOf(attrs)), layout)
    },
    examples: [],
    unchecked,
  }),
]

function functionOf(attrs: ActivationAttrs): ActivationFunction {
  return activationFunctions[attrs.function]!
}

function numbersOf(attrs: ActivationAttrs): Numbers {
  return attrs as unknown as Numbers
}

function named<T>(names: readonly Known[], given: readonly T[]): Record<Known, T> {
  return Object.fromEntries(names.map((name, index) => [name, given[index]!])) as Record<Known, T>
}
