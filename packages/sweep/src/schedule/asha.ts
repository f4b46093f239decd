import { definePlugin, type Plugin } from '@ashlar/plugins'
import { z } from 'zod'
import { nextRung, type RungOptions, rankedAt, rungsOf, waitsAt } from './rungs.ts'
import type { Progress, Promotion, Scheduler, Standing } from './scheduler.ts'

/**
 * Asynchronous successive halving (Li et al., 2020): a trial goes on to the next rung as soon as it is among the best of those that have reached its own, one of `eta`;
 * nobody waits for a rung to fill. Which trials go on depends on the order in which results come in.
 */
export function ashaScheduler(given: Partial<RungOptions> = {}): Scheduler {
  const options = { eta: 3, minEpochs: 1, ...given }
  return {
    name: 'asha',
    first: (epochs) => rungsOf(epochs, options)[0]!,
    next(progress) {
      const { trials } = progress
      for (const rung of reached(trials)) {
        const ranked = rankedAt(trials, rung)
        const promoted = ranked
          .slice(0, Math.floor(ranked.length / options.eta))
          .find((each) => waitsAt(each, rung))
        const promotion = promoted && promote(promoted, rung, options)
        if (promotion !== undefined) return promotion
      }
      return finalist(progress, options)
    },
  }
}

/** Rungs that somebody has reached, the highest first. */
function reached(trials: readonly Standing[]): number[] {
  const all = new Set(trials.flatMap(({ rungs }) => rungs.map(({ epochs }) => epochs)))
  return [...all].sort((a, b) => b - a)
}

function promote(
  { id, epochs }: Standing,
  rung: number,
  options: RungOptions,
): Promotion | undefined {
  const until = nextRung(epochs, rung, options)
  return until === undefined ? undefined : { id, until }
}

/** When all is quiet and no trial has had all its epochs, as there are too few for that, the best goes on to the end: a sweep has a result that was trained. */
export function finalist(
  { trials, isComplete }: Progress,
  options: RungOptions,
): Promotion | undefined {
  const isQuiet = isComplete && trials.every(({ working }) => working === undefined)
  const isDone = trials.some((each) => each.isOver && each.rungs.length > 0)
  if (!isQuiet || isDone) return undefined
  for (const rung of reached(trials)) {
    const best = rankedAt(trials, rung).find((each) => waitsAt(each, rung))
    if (best !== undefined) return promote(best, rung, options)
  }
  return undefined
}

/** Options of both kinds of halving. */
export const halvingOptions: z.ZodObject<{
  eta: z.ZodDefault<z.ZodNumber>
  minEpochs: z.ZodDefault<z.ZodInt>
}> = z.strictObject({
  eta: z.number().min(2).default(3).describe('Of so many trials, one goes on to the next rung.'),
  minEpochs: z.int().positive().default(1).describe('Epochs of the first rung.'),
})

/** `asha` as a plugin. */
export const ashaPlugin: Plugin<'scheduler'> = definePlugin({
  kind: 'scheduler',
  name: 'asha',
  description:
    'Asynchronous successive halving: the best of each rung go on from their checkpoint, and nobody waits.',
  options: halvingOptions,
  create: (options) => ashaScheduler(options),
})
