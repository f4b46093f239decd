import type * as tf from '@tensorflow/tfjs'

/** Which steps of a sequence count, bool [batch, steps]; undefined where all do. */
export type Mask = tf.Tensor | undefined

/** Tensors or one of them, as layers take and give them. */
export type Tensors = tf.Tensor | tf.Tensor[]

/** What a layer is called with. */
export interface RuleArgs {
  readonly inputs: Tensors
  readonly mask: Mask | Mask[]
  readonly training: boolean
  readonly kwargs: object
  /** What tfjs does, of the inputs unless others are given. */
  call(kwargs?: object, inputs?: Tensors): Tensors
}
