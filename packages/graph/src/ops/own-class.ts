import type { Dim, Shape, Value } from '../ir/index.ts'
import type { OnnxBuilder } from '../lower/builder.ts'
import { defineKernel, type KernelDeclaration } from './declaration.ts'

const unchecked =
  "Ashlar's own kernel; test/passes/pick-own-classes.test.ts holds it against products with one-hot rows."

/**
 * What rows have at their own class, and the gradient of a cross-entropy by logits. passes/pick-own-classes.ts puts them in the place of products with one-hot rows. A class that there is none
 * of, such as -1, has a row of zeros there.
 */
export const ownClassKernels: readonly KernelDeclaration[] = [
  defineKernel({
    kernel: 'OwnClass',
    isOwn: true,
    infer: ({ inputs }) => ({ shape: inputs.x!.shape.slice(0, -1), dtype: inputs.x!.dtype }),
    lower: ({ builder, input }) => {
      const x = input('x')
      const rows = x.shape.slice(0, -1)
      const { places, exists } = placesOf(builder, input('classes'), x.shape)
      const like = { shape: [...rows, 1], dtype: x.dtype }
      const axis = x.shape.length - 1
      const picked = builder.node('GatherElements', [x, places], { axis }, like)
      return builder.reshape(builder.mul(picked, exists), rows)
    },
    examples: [],
    unchecked,
  }),
  // factor * (class - probabilities), with a factor for each row: the derivative by logits of their own logarithms of probabilities.
  defineKernel({
    kernel: 'OwnClassGradient',
    isOwn: true,
    infer: ({ inputs }) => inputs.probabilities!,
    lower: ({ builder, input }) => {
      const probabilities = input('probabilities')
      const { shape } = probabilities
      const { places, exists } = placesOf(builder, input('classes'), shape)
      const factors = builder.mul(exists, input('factors'))
      const others = builder.mul(probabilities, builder.unary('Neg', factors))
      // In the memory of the product, as nobody else reads that.
      const attrs = { axis: shape.length - 1, reduction: 'add' }
      return builder.node('ScatterElements', [others, places, factors], attrs, probabilities)
    },
    examples: [],
    unchecked,
  }),
]

/** Places along the last axis, [..., 1], and 1 for each row that has such a place, 0 for others. */
function placesOf(
  builder: OnnxBuilder,
  classes: Value,
  shape: Shape,
): { readonly places: Value; readonly exists: Value } {
  const column: Dim[] = [...shape.slice(0, -1), 1]
  const given = builder.reshape(builder.cast(classes, 'int32'), column)
  const bounds = [0, Number(shape.at(-1)) - 1].map((each) => builder.scalar(each, 'int32'))
  const places = builder.node('Clip', [given, ...bounds], {}, given)
  const exists = builder.cast(builder.binary('Equal', places, given, 'bool'), 'float32')
  return { places, exists }
}
