import { defineKind, type Kind } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'

/** What a model made of a batch, for losses and metrics. */
export interface Outcome {
  /** Class indices `[batch]` (int32), one-hot rows `[batch, classes]`, or targets `[batch, ...]`. */
  readonly labels: Tensor
  /** The model's output. */
  readonly predictions: Tensor
  /** The logits behind `predictions`, where the model ends in a softmax layer. */
  readonly logits?: Tensor | undefined
  /** What the loss takes the two for; undefined where no loss is at hand. */
  readonly reading?: Reading | undefined
  /** Of a loss or metric that is `whole`: which places of the output count, float32 `[batch, ...]` of 0 and 1, as the mask of the model says; undefined where all do. */
  readonly places?: Tensor | undefined
  /** Which samples count, float32 `[batch]` of 0 and 1, where not all do: steps of sequences that are masked. Losses need not look at it. */
  readonly mask?: Tensor | undefined
}

/** How the numbers of labels and outputs are to be read. */
export interface Reading {
  /**
   * What labels are: the index of a class (`indices`), a share of each class (`shares`), yes or no for each output, as 1 and 0 or between (`yes-or-no`), or
   * finite numbers (`numbers`), or classes in an order, of which there are fewer than steps of the output (`sequence`). They are checked before training. Undefined:
   * whatever the loss makes of them.
   */
  readonly labels?: 'indices' | 'shares' | 'yes-or-no' | 'numbers' | 'sequence' | undefined
  /** Whether outputs are logits. Of a loss that takes `probabilities` it follows from the model where it is left out; else they are any numbers. */
  readonly fromLogits?: boolean | undefined
  /**
   * A label that says that its place does not count, in losses and metrics: padding, pixels that nobody labelled. Left out, what the data says of its labels, if
   * anything.
   */
  readonly ignoreIndex?: number | undefined
}

/** What labels are by their kind: indices of classes, yes or no to each of several, or numbers to come near to. */
export type LabelKind = 'classes' | 'answers' | 'numbers'

/** What a loss can be chosen by. */
export interface LossUse {
  readonly labels: LabelKind
  /** Numbers in the last axis of the model's output, where that is known. */
  readonly outputs: number | undefined
}

/** What a label must go with. */
export interface LabelLimits {
  readonly outputShape: readonly number[] | undefined
  readonly ignoreIndex: number | undefined
}

/** What training makes smaller. */
export interface Loss extends Reading {
  readonly name: string
  /** `probabilities`: outputs must be those, or logits as `fromLogits` says, and a model that gives the other is refused. Undefined: any numbers. */
  readonly output?: 'probabilities' | undefined
  /** Whether places of a sample belong together. It is given whole samples, and itself looks at what does not count; of other losses each place is a sample where some do not. */
  readonly whole?: true | undefined
  /**
   * What is wrong with the label of one sample, in words that follow "must", for a loss that looks at it as a whole; undefined for nothing.
   *
   * @param use shape of the model's output for one sample, where it is known, and the label of places that do not count.
   */
  problemOf?(label: ArrayLike<number>, use: LabelLimits): string | undefined
  /** The loss to take in its place, for one that goes by the data. */
  for?(use: LossUse): Loss
  /** The loss of each sample, `[batch]` float32; training takes the mean. Pure tfjs operations. */
  perSample(outcome: Outcome): Tensor
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    loss: Loss
  }
}

/** What training makes small. */
export const lossKind: Kind<'loss'> = defineKind('loss', 'losses')
