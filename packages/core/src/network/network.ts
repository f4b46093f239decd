import type * as tf from '@tensorflow/tfjs'
import type { Sublayer } from './children.ts'
import type { Layer } from './layer.ts'
import type { Shape } from './shapes.ts'
import type { NamedWeight } from './weights.ts'

/** A layer with names and weights: all that training, files and summaries ask of a model. Every `Model` is one. */
export interface Network extends Layer {
  /** Governs the initial weights. Has no effect on weights that exist. */
  seed: number
  /** Creates all weights; `null` stands for the batch. */
  build(inputShape: Shape | readonly Shape[]): void
  /** The input shape that it was built with, its batch free; undefined before. */
  readonly inputShape: Shape | readonly Shape[] | undefined
  computeOutputShape(inputShape: Shape | readonly Shape[]): tf.Shape | tf.Shape[]
  /** Every layer inside, depth first in the order of assignment, each once. */
  sublayers(): Sublayer[]
  /** Every weight under its readable name, in a stable order; empty before it is built. */
  namedWeights(): NamedWeight[]
}
