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
