import { defineKind, type Kind } from '@ashlar/plugins'
import type { Tensor } from '@tensorflow/tfjs'

/** A batch on its way to the model, in training. */
export interface TrainingBatch {
  /** As the model sees them: `[batch, ...inputShape]` float32, pixels between 0 and 1. */
  readonly inputs: Tensor
  /** As the loss takes them. */
  readonly labels: Tensor
  /** Second labels of samples that are mixtures: the loss is then shared between both. */
  readonly mixed?: MixedLabels | undefined
}

/** What else is in samples that are mixtures. */
export interface MixedLabels {
  /** Of the shape of the batch's labels. */
  readonly labels: Tensor
  /** The second label's share of each sample, `[batch]`, 0 to 1. */
  readonly share: Tensor
}

/**
 * A random change of the training samples, different in each step and for each sample.
 *
 * It is a pure function in tfjs operations, a part of the training step: batches reach the engine as they are stored. Its
 * randomness is numbers that it is given, so that it repeats with the seed, on every engine alike.
 */
export interface Augmentation {
  readonly name: string
  /** How many random numbers each sample needs. */
  readonly draws: number
  /** @param draws as many as asked for, each `[batch]` float32, uniform between 0 (included) and 1 (not included). */
  apply(batch: TrainingBatch, draws: readonly Tensor[]): TrainingBatch
}

declare module '@ashlar/plugins' {
  interface PluginProducts {
    augmentation: Augmentation
  }
}

/** Random changes of training samples. */
export const augmentationKind: Kind<'augmentation'> = defineKind('augmentation')
