import type { Value } from '../ir/index.ts'
import type { OnnxBuilder } from './builder.ts'

/** For each candidate where it is the first that equals the maximum, as floats of 0 and 1; candidates come in the order of their rank. */
export function firstMaximum(
  builder: OnnxBuilder,
  candidates: readonly Value[],
  maximum: Value,
): Value[] {
  // Places whose maximum has not been met yet.
  let open: Value | undefined
  return candidates.map((candidate) => {
    const equal = builder.binary('Equal', candidate, maximum, 'bool')
    const first = open === undefined ? equal : builder.binary('And', equal, open)
    open = open === undefined ? builder.unary('Not', equal) : builder.binary('Xor', open, first)
    return builder.cast(first, 'float32')
  })
}
