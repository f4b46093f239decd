import { definePlugin, type Plugin } from '@ashlar/plugins'
import { finalist, halvingOptions } from './asha.ts'
import { nextRung, type RungOptions, rankedAt, rungsOf, waitsAt } from './rungs.ts'
import type { Progress, Promotion, Scheduler, Standing } from './scheduler.ts'

/**
 * Successive halving: a rung is full before anybody goes on from it. Machines may stand idle meanwhile, but which trials go on follows from their results alone, whatever
 * the order in which they come in.
 */
export function halvingScheduler(given: Partial<RungOptions> = {}): Scheduler {
  const options = { eta: 3, minEpochs: 1, ...given }
  return {
    name: 'halving',
    first: (epochs) => rungsOf(epochs, options)[0]!,
    next(progress) {
      if (!progress.isComplete) return undefined
      return fromFullRung(progress, options) ?? finalist(progress, options)
    },
  }
}

function fromFullRung({ trials }: Progress, options: RungOptions): Promotion | undefined {
  // Trials of a sweep may have different epochs; each goes by the rungs of its own.
  const rungs = [...new Set(trials.flatMap((each) => rungsOf(each.epochs, options)))]
  for (const rung of rungs.sort((a, b) => a - b)) {
    if (trials.some((each) => comesTo(each, rung))) return undefined
    const ranked = rankedAt(trials, rung)
    const chosen = ranked.slice(0, Math.floor(ranked.length / options.eta))
    const next = chosen.find((each) => waitsAt(each, rung))
    const until = next && nextRung(next.epochs, rung, options)
    if (next !== undefined && until !== undefined) return { id: next.id, until }
  }
  return undefined
}

/** Whether somebody works on it who will bring it to this rung, or to one before. */
function comesTo({ working }: Standing, rung: number): boolean {
  return working !== undefined && working <= rung
}

/** `halving` as a plugin. */
export const halvingPlugin: Plugin<'scheduler'> = definePlugin({
  kind: 'scheduler',
  name: 'halving',
  aliases: ['successive-halving'],
  description:
    'Successive halving: a rung is full before its best go on, so that the same trials do whoever was first.',
  options: halvingOptions,
  create: (options) => halvingScheduler(options),
})
