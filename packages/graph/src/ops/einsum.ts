import { ShapeError } from '@ashlar/errors'
import { backend_util } from '@tensorflow/tfjs'
import { type Dim, sameSamples } from '../ir/index.ts'
import { anything } from '../lower/activation.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'
import { einsumGradient } from './gradients/reducing.ts'

/** Einstein's sums over named axes. */
export const einsumKernels: readonly KernelDeclaration[] = [
  defineKernel<{ readonly equation: string }>({
    kernel: 'Einsum',
    range: anything,
    gradient: einsumGradient,
    infer: ({ inputs, attrs }) => {
      const tensors = Object.values(inputs)
      // Refuses what tfjs refuses: more than two tensors, ellipses, an axis that a tensor has twice.
      backend_util.decodeEinsumEquation(attrs.equation, tensors.length)
      const { terms, result } = parse(attrs.equation)
      const sizes = new Map<string, Dim>()
      const isFitting =
        terms.length === tensors.length &&
        terms.every(
          (term, index) =>
            term.length === tensors[index]!.shape.length &&
            [...term].every((letter, axis) => {
              const size = tensors[index]!.shape[axis]!
              const known = sizes.get(letter) ?? size
              sizes.set(letter, known)
              return sameSamples(known, size)
            }),
        )
      if (!isFitting || [...result].some((letter) => !sizes.has(letter))) {
        throw new ShapeError({
          where: 'einsum',
          expected: `the shapes must fit the equation ${attrs.equation}`,
          given: tensors.map(({ shape }) => shape),
        })
      }
      return { shape: [...result].map((letter) => sizes.get(letter)!), dtype: tensors[0]!.dtype }
    },
    lower: ({ builder, names, input, attrs, node }) =>
      builder.node(
        'Einsum',
        names.map((name) => input(name)),
        { equation: attrs.equation.replaceAll(' ', '') },
        node.outputs[0]!,
      ),
    examples: [
      {
        inputs: { 0: { shape: [2, 3] }, 1: { shape: [3, 4] } },
        attrs: { equation: 'ij,jk->ik' },
      },
      {
        name: 'batches',
        inputs: { 0: { shape: [2, 3, 4] }, 1: { shape: [2, 5, 4] } },
        attrs: { equation: 'bik, bjk -> bij' },
      },
      { name: 'transposed', inputs: { 0: { shape: [2, 3] } }, attrs: { equation: 'ij->ji' } },
    ],
  }),
]

function parse(equation: string): { readonly terms: string[]; readonly result: string } {
  const [left = '', result = ''] = equation.replaceAll(' ', '').split('->')
  return { terms: left.split(','), result }
}
