import { scan } from '@ashlar/graph'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import { checkShapes, sequenceLabels, stepsThatCount } from '../losses/ctc.ts'
import type { Metric } from './metric.ts'

/** Options of {@link characterErrorRate}. */
export interface CharacterErrorRateOptions {
  /** The class that says nothing; 0 by default. */
  readonly blank?: number | undefined
}

/** Larger than any number of changes. */
const MANY = 1e9

/**
 * Changes that turn what a model says into the labels, for each place of a label: insertions, deletions and replacements, over all samples, as torchmetrics' CharErrorRate. What it says
 * is the most probable class of each step, without repeats and blanks. For outputs and labels of the loss `ctc`.
 */
export function characterErrorRate(options: CharacterErrorRateOptions = {}): Metric {
  checkOptions(characterErrorRatePlugin, options)
  const { blank = 0 } = options
  const name = 'character-error-rate'
  return {
    name,
    better: 'lower',
    whole: true,
    accumulators: { changes: [], places: [] },
    add(outcome) {
      checkShapes(name, outcome, blank)
      const { own, counts } = sequenceLabels(outcome, blank)
      const [batch, length] = own.shape as [number, number]
      const time = outcome.predictions.shape[1]!
      const steps = stepsThatCount(outcome, time)
      const said = tf.reshape(tf.transpose(tf.argMax(outcome.predictions, 2)), [time, batch, 1])
      const saidOf = tf.cast(said, 'float32')
      const labels = tf.cast(own, 'float32')
      const places = tf.range(0, length + 1, 1, 'float32')
      const start = tf.tile(tf.reshape(places, [1, length + 1]), [batch, 1])
      const { states } = scan(
        ([changes, before], [now, counted]) => {
          const isNew = tf.logicalAnd(tf.notEqual(now!, before!), tf.notEqual(now!, blank))
          const emits = tf.mul(tf.cast(isNew, 'float32'), counted!)
          const next = oneMore(changes!, tf.cast(tf.notEqual(labels, now!), 'float32'))
          const kept = (one: tf.Tensor, other: tf.Tensor, share: tf.Tensor) =>
            tf.add(tf.mul(one, share), tf.mul(other, tf.sub(1, share)))
          return { states: [kept(next, changes!, emits), kept(now!, before!, counted!)], rows: [] }
        },
        [start, tf.fill([batch, 1], -1)],
        [saidOf, steps],
      )
      const lengths = tf.cast(tf.sum(counts, 1), 'int32') as tf.Tensor1D
      const atEnd = tf.oneHot(lengths, length + 1, 1, 0, 'float32')
      return { changes: tf.sum(tf.mul(states[0]!, atEnd)), places: tf.sum(counts) }
    },
    result: ({ changes, places }) => changes![0]! / places![0]!,
  }
}

/**
 * The row of Levenshtein's table for one class more that is said.
 *
 * @param changes `[batch, length + 1]`, of the classes before it.
 * @param differs float32 `[batch, length]`, of its own class and each label.
 */
function oneMore(changes: tf.Tensor, differs: tf.Tensor): tf.Tensor {
  const [batch, count] = changes.shape as [number, number]
  const inserted = tf.add(changes, 1)
  const replaced = tf.add(tf.slice(changes, [0, 0], [-1, count - 1]), differs)
  const begun = tf.minimum(inserted, tf.concat([tf.slice(inserted, [0, 0], [-1, 1]), replaced], 1))
  // Labels that are left out: from any place before, one change for each.
  const at = tf.range(0, count, 1, 'float32')
  const apart = tf.sub(tf.reshape(at, [1, count]), tf.reshape(at, [count, 1]))
  const cost = tf.add(tf.relu(apart), tf.mul(tf.cast(tf.less(apart, 0), 'float32'), MANY))
  return tf.min(tf.add(tf.reshape(begun, [batch, count, 1]), cost), 1)
}

/** `character-error-rate` as a plugin. */
export const characterErrorRatePlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'character-error-rate',
  description: 'Changes that turn what is said into the label, for each of its places.',
  options: z.strictObject({
    blank: z.int().nonnegative().default(0).describe('The class that says nothing.'),
  }),
  create: (given) => characterErrorRate(given),
})
