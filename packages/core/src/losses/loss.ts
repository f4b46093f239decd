import type { Tensor } from '@tensorflow/tfjs'

/** What a model made of a batch, for losses and metrics. */
export interface Outcome {
  /** Class indices `[batch]` (int32), one-hot rows `[batch, classes]`, or targets `[batch, ...]`. */
  readonly labels: Tensor
  /** The model's output. */
  readonly predictions: Tensor
  /** The logits behind `predictions`, where the model ends in a softmax layer. */
  readonly logits?: Tensor | undefined
  /** Which samples count, float32 `[batch]` of 0 and 1, where not all do: steps of sequences that are masked. Losses need not look at it. */
  readonly mask?: Tensor | undefined
}

/** What training makes smaller. */
export interface Loss {
  readonly name: string
  /** The loss of each sample, `[batch]` float32; training takes the mean. Pure tfjs operations. */
  perSample(outcome: Outcome): Tensor
}
