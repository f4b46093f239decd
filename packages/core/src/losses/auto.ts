import { ConfigError } from '@ashlar/errors'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { binaryCrossentropy } from './binary-cross-entropy.ts'
import {
  type CrossEntropyOptions,
  crossEntropyOptions,
  sparseCategoricalCrossentropy,
} from './cross-entropy.ts'
import type { LabelKind, Loss, Outcome } from './loss.ts'
import { meanSquaredError } from './mean-squared-error.ts'

/**
 * The loss that goes with the data: for classes `sparse-categorical-crossentropy`, or `binary-crossentropy` where the model has one output; for
 * numbers `mean-squared-error`.
 *
 * @throws ConfigError by `for`, where the options are those of a cross-entropy and the labels are numbers.
 */
export function autoLoss(options: CrossEntropyOptions = {}): Loss {
  checkOptions(autoLossPlugin, options)
  const choose: NonNullable<Loss['for']> = ({ labels, outputs }) => {
    if (labels === 'answers') return binaryCrossentropy(options)
    if (labels === 'classes') {
      return outputs === 1 ? binaryCrossentropy(options) : sparseCategoricalCrossentropy(options)
    }
    const given = Object.entries(options).filter(([, value]) => value !== undefined && value !== 0)
    if (given.length === 0) return meanSquaredError()
    throw new ConfigError({
      where: 'loss auto',
      expected: 'labels are numbers, which mean-squared-error goes with, and it has no such option',
      given: Object.fromEntries(given),
      hint: 'Leave the options out, or name the loss.',
    })
  }
  return {
    name: 'auto',
    fromLogits: options.fromLogits,
    for: choose,
    perSample: (outcome) => choose(useOf(outcome)).perSample(outcome),
  }
}

/** What is seen of labels alone: whole numbers of a dtype of their own are classes. */
function useOf({ labels, predictions }: Outcome): { labels: LabelKind; outputs: number } {
  const outputs = predictions.rank > 1 ? predictions.shape.at(-1)! : 1
  return { labels: labels.dtype === 'int32' ? 'classes' : 'numbers', outputs }
}

/** `auto` as a plugin: the loss of experiments that name none. */
export const autoLossPlugin: Plugin<'loss'> = definePlugin({
  kind: 'loss',
  name: 'auto',
  description:
    'The loss that goes with the data: a cross-entropy for classes, squares for numbers.',
  options: crossEntropyOptions,
  create: (given) => autoLoss(given),
})
