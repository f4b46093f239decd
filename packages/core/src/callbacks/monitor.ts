import { ConfigError } from '@ashlar/errors'
import { anyNumber } from '@ashlar/plugins'
import { z } from 'zod'
import type { TrainingRun } from '../training/callback.ts'
import type { Metrics } from '../training/history.ts'

/** What a callback that looks for the best epoch looks at. */
export interface MonitorOptions {
  /** A metric of an epoch; by default `val_loss`, or `loss` in a run without validation. */
  readonly monitor?: string | undefined
  /** Which way it gets better; by default what the metric says of itself. */
  readonly better?: 'higher' | 'lower' | undefined
  /** By how much it must get better to count, 0 by default. */
  readonly minDelta?: number | undefined
}

/** The best epoch so far. */
export interface Best {
  readonly epoch: number
  readonly value: number
}

/** Watches one metric from epoch to epoch. */
export interface Monitor {
  /** Its name; known from `begin` on. */
  readonly metric: string
  best: Best | undefined
  /** Starts anew. @throws ConfigError when the run has no such metric. */
  begin(run: TrainingRun): void
  /** Whether an epoch is the best so far; if so, it is remembered. NaN never is. */
  isBest(epoch: number, metrics: Metrics): boolean
  /** Whether a value beats another by more than the least that counts. */
  beats(value: number, other: number): boolean
}

/** @param where names the callback in errors. */
export function createMonitor(where: string, options: MonitorOptions): Monitor {
  const { minDelta = 0 } = options
  let sign = 1
  const monitor = {
    metric: options.monitor ?? 'loss',
    best: undefined as Best | undefined,
    begin(run: TrainingRun) {
      const { metricNames } = run
      monitor.best = undefined
      monitor.metric = options.monitor ?? (metricNames.includes('val_loss') ? 'val_loss' : 'loss')
      if (!metricNames.includes(monitor.metric)) {
        const isValidation = monitor.metric.startsWith('val_')
        throw new ConfigError({
          where,
          expected: `\`monitor\` must be one of ${metricNames.join(', ')}`,
          given: monitor.metric,
          hint: isValidation ? 'Give the run validation data to have such metrics.' : undefined,
        })
      }
      sign = (options.better ?? run.better(monitor.metric)) === 'higher' ? 1 : -1
    },
    beats: (value: number, other: number) => sign * (value - other) > minDelta,
    isBest(epoch: number, metrics: Metrics) {
      const value = metrics[monitor.metric]
      if (value === undefined || Number.isNaN(value)) return false
      if (monitor.best !== undefined && !monitor.beats(value, monitor.best.value)) return false
      monitor.best = { epoch, value }
      return true
    },
  }
  return monitor
}

/** The options of a monitor in an experiment. */
export const monitorShape: {
  readonly monitor: z.ZodOptional<z.ZodString>
  readonly better: z.ZodOptional<z.ZodEnum<{ higher: 'higher'; lower: 'lower' }>>
  readonly minDelta: z.ZodDefault<z.ZodNumber>
} = {
  monitor: z
    .string()
    .min(1)
    .optional()
    .describe(
      'The metric of an epoch to look at. By default val_loss, or loss without validation.',
    ),
  better: z
    .enum(['higher', 'lower'])
    .optional()
    .describe('Which way it gets better; by default what the metric says of itself.'),
  minDelta: z
    .number()
    .nonnegative()
    .default(0)
    .describe('By how much it must get better to count.'),
}

/** A best epoch as a checkpoint holds it. */
export const bestSchema: z.ZodOptional<z.ZodObject<{ epoch: z.ZodInt; value: z.ZodType<number> }>> =
  z.object({ epoch: z.int(), value: anyNumber }).optional()
