import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import * as tf from '@tensorflow/tfjs'
import { z } from 'zod'
import type { Metric } from './metric.ts'
import { answersOf, saidOf, widthOf } from './yes-or-no.ts'

/** How the numbers of several classes become one. */
export type Average = 'macro' | 'micro' | 'weighted'

/** Options of {@link precision}, {@link recall}, {@link f1} and {@link meanIoU}. */
export interface ClassCountOptions {
  /**
   * `macro` by default: the mean over classes that occur, in labels or in answers. `micro`: of all counts together. `weighted`: the mean by how often a
   * class is the right one. A single output has no classes to average: it is that of the answer yes.
   */
  readonly average?: Average | undefined
  /** What a yes-or-no output must be above to say yes; by default 0 where the loss takes logits, 0.5 else. */
  readonly threshold?: number | undefined
}

/** Of one class: samples of it that were found, others that were taken for it, and samples of it that were not found. */
interface Counts {
  readonly found: number
  readonly wrong: number
  readonly missed: number
}

/** Which part of what the model says yes to is right (scikit-learn's precision_score); 0 where it says yes to nothing. */
export function precision(options: ClassCountOptions = {}): Metric {
  return ofCounts(precisionPlugin, options, ({ found, wrong }) => part(found, found + wrong))
}

/** Which part of what is there is found (scikit-learn's recall_score); 0 where nothing is there. */
export function recall(options: ClassCountOptions = {}): Metric {
  return ofCounts(recallPlugin, options, ({ found, missed }) => part(found, found + missed))
}

/** The harmonic mean of precision and recall (scikit-learn's f1_score). */
export function f1(options: ClassCountOptions = {}): Metric {
  return ofCounts(f1Plugin, options, ({ found, wrong, missed }) =>
    part(2 * found, 2 * found + wrong + missed),
  )
}

/** What label and answer have in common, as a part of both together (scikit-learn's jaccard_score); for masks, the mean IoU over classes. */
export function meanIoU(options: ClassCountOptions = {}): Metric {
  return ofCounts(meanIoUPlugin, options, ({ found, wrong, missed }) =>
    part(found, found + wrong + missed),
  )
}

function ofCounts(
  plugin: Plugin<'metric'>,
  options: ClassCountOptions,
  score: (counts: Counts) => number,
): Metric {
  checkOptions(plugin, options)
  const { average = 'macro', threshold } = options
  const { name } = plugin
  return {
    name,
    counts: 'answers',
    accumulators: (outputShape) => {
      const shape = [widthOf(outputShape)]
      return { found: shape, wrong: shape, missed: shape }
    },
    add(outcome) {
      const { truth, counts } = answersOf(outcome, name)
      const said = saidOf(outcome, threshold)
      const sum = (of: tf.Tensor) => tf.sum(tf.mul(of, counts), 0)
      const both = tf.mul(truth, said)
      return {
        found: sum(both),
        wrong: sum(tf.sub(said, both)),
        missed: sum(tf.sub(truth, both)),
      }
    },
    result({ found, wrong, missed }) {
      const classes = Array.from(found!, (each, at) => ({
        found: each,
        wrong: wrong![at]!,
        missed: missed![at]!,
      }))
      if (average === 'micro') return score(classes.reduce(together))
      const weight = (each: Counts) =>
        average === 'weighted' ? each.found + each.missed : Math.sign(total(each))
      const weights = classes.map(weight)
      const sum = weights.reduce((all, each) => all + each, 0)
      if (sum === 0) return 0
      return classes.reduce((all, each, at) => all + score(each) * (weights[at]! / sum), 0)
    },
  }
}

function together(one: Counts, other: Counts): Counts {
  return {
    found: one.found + other.found,
    wrong: one.wrong + other.wrong,
    missed: one.missed + other.missed,
  }
}

function total({ found, wrong, missed }: Counts): number {
  return found + wrong + missed
}

/** 0 of 0 is 0, as in scikit-learn. */
function part(some: number, all: number): number {
  return all === 0 ? 0 : some / all
}

const shape = z.strictObject({
  average: z
    .enum(['macro', 'micro', 'weighted'])
    .default('macro')
    .describe('How the numbers of several classes become one.'),
  threshold: z
    .number()
    .optional()
    .describe('What says yes; by default above 0 for logits, above 0.5 else.'),
})

/** `precision` as a plugin. */
export const precisionPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'precision',
  description: 'Part of what the model says yes to that is right.',
  options: shape,
  create: (given) => precision(given),
})

/** `recall` as a plugin. */
export const recallPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'recall',
  description: 'Part of what is there that is found.',
  options: shape,
  create: (given) => recall(given),
})

/** `f1` as a plugin. */
export const f1Plugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'f1',
  aliases: ['f1-score'],
  description: 'Harmonic mean of precision and recall.',
  options: shape,
  create: (given) => f1(given),
})

/** `mean-iou` as a plugin. */
export const meanIoUPlugin: Plugin<'metric'> = definePlugin({
  kind: 'metric',
  name: 'mean-iou',
  aliases: ['iou'],
  description: 'What label and answer have in common, as a part of both together.',
  options: shape,
  create: (given) => meanIoU(given),
})
