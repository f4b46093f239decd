import { TrainingError } from '@ashlar/errors'
import { checkOptions, definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import type { Callback, TrainingRun } from '../training/callback.ts'

/** Options of {@link nanGuard}. */
export interface NanGuardOptions {
  /** Steps between two looks, 100 by default. */
  readonly every?: number | undefined
}

/**
 * Looks for NaN and infinity in the weights, moving statistics included: a loss that is no number ends training anyway, but weights
 * can be lost before it shows. Put it before what writes files, so that nothing broken is kept.
 *
 * @throws TrainingError that names the weight; training ends with it.
 */
export function nanGuard(options: NanGuardOptions = {}): Callback {
  checkOptions(nanGuardPlugin, options)
  const { every = 100 } = options
  return {
    name: 'nan-guard',
    onBatchEnd({ step }, run) {
      if ((step + 1) % every === 0) look(run)
    },
    onEpochEnd: (_, run) => look(run),
  }
}

function look(run: TrainingRun): void {
  for (const [name, { data }] of run.weights()) {
    const place = data.findIndex((value) => !Number.isFinite(value))
    if (place < 0) continue
    throw new TrainingError({
      where: `step ${run.step - 1}`,
      expected: `weight ${name} must stay finite`,
      given: `${data[place]} at [${place}]`,
      hint: 'Try a lower learning rate, a warm-up, or globalClipNorm=1 in the optimizer.',
    })
  }
}

/** `nan-guard` as a plugin. */
export const nanGuardPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'nan-guard',
  description: 'Ends training when a weight is NaN or infinite, and names it.',
  options: z.strictObject({
    every: z.int().positive().default(100).describe('Steps between two looks.'),
  }),
  create: (given) => nanGuard(given),
})
