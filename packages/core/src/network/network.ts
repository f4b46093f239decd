import type * as tf from '@tensorflow/tfjs'
import type { Sublayer } from './children.ts'
import type { CallArgs, Layer } from './layer.ts'
import type { BuiltFrom, Shape, Tensors } from './shapes.ts'
import type { Signature } from './signature.ts'
import type { NamedWeight } from './weights.ts'

/** A layer with names and weights: all that training, files and summaries ask of a model. Every `Model` is one. */
export interface Network extends Layer {
  /** Governs the initial weights. Has no effect on weights that exist. */
  seed: number
  /** Creates all weights; `null` stands for the batch. One that is built stays as it is, unless it takes samples of several shapes: then it is built for these. */
  build(inputShape: BuiltFrom): void
  /** The input shape that it was built with, its batch free; undefined before. */
  readonly inputShape: Shape | readonly Shape[] | undefined
  computeOutputShape(inputShape: BuiltFrom): tf.Shape | tf.Shape[]
  /** Names, shapes and dtypes of inputs and names of outputs, where somebody chose them. */
  signature(): Signature | undefined
  /** Runs it on a tensor, several, or tensors by name. */
  apply<T extends Tensors = tf.Tensor>(inputs: Tensors, kwargs?: CallArgs): T
  apply<T extends tf.SymbolicTensor | tf.SymbolicTensor[] = tf.SymbolicTensor>(
    inputs: tf.SymbolicTensor | tf.SymbolicTensor[],
    kwargs?: CallArgs,
  ): T
  /** Every layer inside, depth first in the order of assignment, each once. */
  sublayers(): Sublayer[]
  /** Every weight under its readable name, in a stable order; empty before it is built. */
  namedWeights(): NamedWeight[]
}
