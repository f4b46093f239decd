import * as tf from '@tensorflow/tfjs'
import type { EngineSession } from '../engines/engine.ts'
import type { Gradients } from '../optimizers/clipping.ts'
import type { Slots } from './slots.ts'

/** The slot of a weight in which its gradients wait. */
export const GRADIENT = 'gradient'

const GATHERED = 'optimizer/gathered'

/** Gradients of several batches that wait for one update. */
export interface Accumulation {
  /** By unique name. */
  readonly variables: Readonly<Record<string, tf.Variable>>
  /** Adds the mean gradients of a batch of `size` samples to those that wait; part of a step. */
  add(gradients: Gradients, size: number): void
  /** The mean over all samples that wait, with a batch added that need not wait; part of a step. */
  mean(gradients: Gradients, size: number): Gradients
  /** Nothing waits any more for these weights; part of a step, after the update. */
  clear(weights: Iterable<string>): void
  /** Number of samples whose gradients wait. */
  count(session: EngineSession): number
  dispose(): void
}

/**
 * @param slots have the slot {@link GRADIENT}, the sum over samples.
 * @param gathered how many samples it is over, as the last `fit` left it.
 */
export function createAccumulation(slots: Slots, gathered: number): Accumulation {
  const waiting = tf.tidy(() => tf.variable(tf.scalar(gathered), false))
  /** The sum so far, with a batch added. */
  const sums = (gradients: Gradients, size: number): Gradients =>
    new Map(
      [...gradients].map(
        ([name, gradient]) =>
          [name, tf.add(slots.of(name)[GRADIENT]!, tf.mul(gradient, size))] as const,
      ),
    )
  return {
    variables: { [GATHERED]: waiting },
    add(gradients, size) {
      for (const [name, sum] of sums(gradients, size)) slots.assign(name, { [GRADIENT]: sum })
      waiting.assign(tf.add(waiting, size))
    },
    mean(gradients, size) {
      const count = tf.add(waiting, size)
      return new Map(
        [...sums(gradients, size)].map(([name, sum]) => [name, tf.div(sum, count)] as const),
      )
    },
    clear(weights) {
      for (const name of weights) {
        slots.assign(name, { [GRADIENT]: tf.zerosLike(slots.of(name)[GRADIENT]!) })
      }
      waiting.assign(tf.mul(waiting, 0))
    },
    count: (session) => session.read(GATHERED)[0]!,
    dispose: () => waiting.dispose(),
  }
}
