import { ConfigError } from '@ashlar/errors'
import type { Shape } from './shapes.ts'

/** What the inputs and outputs of a model are called in a file. */
export interface Signature {
  /** In the order in which `call` takes them. */
  readonly inputs: readonly SignatureInput[]
  /** In the order in which `call` gives them. */
  readonly outputs: readonly string[]
  /** Whether it is a network of somebody else's, which may be as sensitive to rounding as it likes. */
  readonly isForeign?: true | undefined
}

/** One input. */
export interface SignatureInput {
  readonly name: string
  /** Undefined where it is not known before the model is built. */
  readonly shape: Shape | undefined
  readonly dtype: 'float32' | 'int32' | 'bool'
}

/**
 * Holds the names of inputs, in whatever order, against those that a model takes.
 *
 * @param where the model, for errors.
 * @param taken none of a model that takes one tensor without a name.
 * @throws ConfigError for one that the model does not take, or that is missing.
 */
export function checkInputNames(
  where: string,
  taken: readonly string[],
  given: readonly string[],
): void {
  if (taken.length === given.length && taken.every((name) => given.includes(name))) return
  throw new ConfigError({
    where,
    expected:
      taken.length === 0
        ? 'the model takes one tensor without a name'
        : `the model takes the fields ${taken.join(', ')}`,
    given: given.join(', '),
    hint: 'The inputs of the data must be what `call` takes.',
  })
}
