import type * as tf from '@tensorflow/tfjs'

/** The calls of a layer, as code in a model's `call` makes them. */
export interface Applicable {
  /** Runs the layer on tensors, building it on first use. A layer of several outputs says so: `apply<Tensor[]>(x)`. */
  apply<T extends tf.Tensor | tf.Tensor[] = tf.Tensor>(
    inputs: tf.Tensor | tf.Tensor[],
    kwargs?: CallArgs,
  ): T
  /** Puts the layer into a functional tfjs model. */
  apply<T extends tf.SymbolicTensor | tf.SymbolicTensor[] = tf.SymbolicTensor>(
    inputs: tf.SymbolicTensor | tf.SymbolicTensor[],
    kwargs?: CallArgs,
  ): T
}

/** A tfjs layer whose `apply` needs no cast: what every factory in `layers` returns. */
export type Layer<L extends tf.layers.Layer = tf.layers.Layer> = Applicable & L

/** Arguments of a call by name. `training` need not be passed on to sublayers: they take it from the model around them. */
export interface CallArgs {
  readonly training?: boolean
  // Layers may define further ones, such as `mask` and `initialState`.
  readonly [name: string]: unknown
}

/** What tfjs keeps to itself but a model must reach. Checked by the tests against the pinned tfjs. */
export interface LayerInternals {
  _refCount: number | null
  readonly _trainableWeights: readonly tf.LayerVariable[]
  readonly _nonTrainableWeights: readonly tf.LayerVariable[]
  addWeight(name: string, ...rest: unknown[]): tf.LayerVariable
  assertInputCompatibility(inputs: unknown): void
  setMaskMetadata(inputs: unknown, outputs: unknown, masks?: unknown): void
}

/** The parts of a layer that its declared type hides. */
export function internals(layer: tf.layers.Layer): LayerInternals {
  return layer as unknown as LayerInternals
}
