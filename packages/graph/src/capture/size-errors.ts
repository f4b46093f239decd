import { EngineError, ShapeError } from '@ashlar/errors'
import { formatShape, type Value } from '../ir/index.ts'

/** How many samples a message shows. */
const SHOWN = 8

/** For a program that calls other kernels at other sizes. */
export function structureError(where: string, given: string, hint?: string): EngineError {
  return new EngineError({
    where: where === '' ? 'capture' : where,
    expected: 'the kernels of a program must not depend on the size of its input',
    given,
    hint: hint ?? 'Export with a fixed size, or take the branch on the size out of the model.',
  })
}

/**
 * For a number that follows a size in some way that is not recognised, or must not follow any.
 *
 * @param maySize whether it might follow a size.
 */
export function dependsError(
  where: string,
  samples: readonly number[],
  maySize: boolean,
): EngineError {
  return new EngineError({
    where,
    expected: maySize
      ? 'a number computed from sizes must be a sum, product, quotient, remainder or bound of them'
      : 'must not follow a size that varies',
    given: `${samples.slice(0, SHOWN).join(', ')}${samples.length > SHOWN ? ', ...' : ''} at the sizes tried`,
    hint: 'Fix the size, or say what is known of it in its shape: { multipleOf: 32 }, { min: 16, max: 512 } (--input x=1,?32 or x=1,?16..512).',
  })
}

/** For lists of numbers that grow with a size. */
export function constantError(where: string, { dtype, shape }: Value): EngineError {
  return new EngineError({
    where: where === '' ? 'capture' : where,
    expected:
      'numbers made in JavaScript must not depend on the size of an input, but for sines, progressions and bands around a diagonal',
    given: `${dtype} ${formatShape(shape)}`,
    hint: 'Compute them with tensor operations from the input, give the size a bound ({ max: 512 }, --input x=1,?1..512) that the table is kept up to, or export with a fixed size.',
  })
}

/** For a program that does not run at some sizes together, though at each of them with others. */
export function togetherError(sizes: string, cause: Error): ShapeError {
  return new ShapeError({
    where: 'capture',
    expected: 'each size that varies must be taken whatever the others are',
    given: `a model that does not run at ${sizes}: ${cause.message}`,
    hint: 'Give the sizes bounds in their shape, such as { min: 8 } (--input x=1,?8..,?8..), a common name where they are equal, or fix one of them.',
  })
}
