import type { Points } from './downsample.ts'

/** The epoch that was best. */
export interface BestEpoch {
  /** What it was best in: `val_loss`. */
  readonly metric: string
  /** Counted from 1. */
  readonly epoch: number
  /** Steps done at its end. */
  readonly step: number
  readonly value: number
}

/** A config's values by path, as the index of runs has them. */
type Flat = Readonly<Record<string, unknown>>

/** Which way metrics get better, by name. */
export type Better = Readonly<Record<string, 'higher' | 'lower'>>

/**
 * The best epoch of a run, by what its callbacks monitor; by `val_loss` where none does. Without validation there is none: a training loss is best at
 * its end, which says nothing.
 *
 * @param epochs a point per epoch, by metric.
 * @param better what the log says; an old one does not, and then all but losses get better as they grow, as metrics do unless they say otherwise.
 */
export function bestEpoch(
  epochs: Readonly<Record<string, Points>>,
  config: Flat = {},
  better: Better = {},
): BestEpoch | undefined {
  const monitors = Object.entries(config).filter(
    ([key, value]) => /^callbacks\..+\.monitor$/.test(key) && typeof value === 'string',
  )
  const [key, monitored] = monitors[0] ?? []
  const metric = typeof monitored === 'string' ? monitored : 'val_loss'
  if (!Object.hasOwn(epochs, metric)) return undefined
  const asked = key === undefined ? undefined : config[key.replace(/monitor$/, 'better')]
  const said = Object.hasOwn(better, metric) ? better[metric] : undefined
  const sign = (asked ?? said ?? (/loss$/.test(metric) ? 'lower' : 'higher')) === 'higher' ? 1 : -1
  const { steps, values } = epochs[metric]!
  let best = -1
  for (const [i, value] of values.entries()) {
    if (best === -1 || sign * (value - values[best]!) > 0) best = i
  }
  if (best === -1) return undefined
  return { metric, epoch: best + 1, step: steps[best]!, value: values[best]! }
}
