import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { layersMatching } from '../network/freeze.ts'
import type { Callback } from '../training/callback.ts'

/** Options of {@link unfreeze}. */
export interface UnfreezeOptions {
  /** Groups of layers by patterns of paths, as `freeze` has them, in the order in which they are thawed: the last layers first. */
  readonly groups?: readonly (readonly string[])[] | undefined
  /** The epoch that the first group is thawed at, 1 by default: one is trained without. */
  readonly from?: number | undefined
  /** Epochs between groups, 1 by default. */
  readonly every?: number | undefined
}

/**
 * Freezes groups of layers when training begins, and thaws one after the other as it goes on (Howard and Ruder 2018).
 *
 * @example fit(train, { epochs: 6, callbacks: [unfreeze({ groups: [['layer4.**'], ['layer3.**']], every: 2 })] })
 */
export function unfreeze(options: UnfreezeOptions = {}): Callback {
  checkOptions(unfreezePlugin, options)
  const { groups = [], from = 1, every = 1 } = options
  return {
    name: 'unfreeze',
    onTrainBegin({ model }) {
      for (const { layer } of groups.flatMap((each) => layersMatching(model, each))) {
        layer.trainable = false
      }
    },
    onEpochBegin(epoch, { model }) {
      for (const [index, group] of groups.entries()) {
        if (epoch < from + index * every) continue
        for (const { layer } of layersMatching(model, group)) layer.trainable = true
      }
    },
  }
}

/** `unfreeze` as a plugin. */
export const unfreezePlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'unfreeze',
  description: 'Freezes groups of layers at first and thaws one after the other.',
  options: z.strictObject({
    groups: z
      .array(z.array(z.string().min(1)).min(1))
      .default([])
      .describe('Groups of layers by name, in the order in which they are thawed.'),
    from: z
      .int()
      .nonnegative()
      .default(1)
      .describe('The epoch that the first group is thawed at; 0 is the first.'),
    every: z.int().positive().default(1).describe('Epochs between groups.'),
  }),
  create: (given) => unfreeze(given),
})
