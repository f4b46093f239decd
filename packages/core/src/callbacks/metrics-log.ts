import { check, checkNames } from '@ashlar/plugins'
import { z } from 'zod'
import type { Callback } from '../training/callback.ts'
import { logFile } from './log-file.ts'

/** Options of {@link metricsLog}. */
export interface MetricsLogOptions {
  /** Steps between two lines, 50 by default. */
  readonly every?: number | undefined
}

/** What a log file's callback remembers. */
export const logPlace: z.ZodObject<{ length: z.ZodInt }> = z.object({ length: z.int() })

/**
 * Writes training as it goes, one JSON object a line: `kind` is `step` or `epoch`; loss and metrics are means over the
 * epoch so far. A run that begins empties the file, and says first which way each number gets better: `kind` is `metrics`, `better` has `higher` or
 * `lower` by name. One that goes on cuts off the lines after its checkpoint. Each line is one write.
 *
 * @throws DataError when the disk refuses; training ends with it.
 */
export function metricsLog(path: string, options: MetricsLogOptions = {}): Callback {
  checkNames('metrics-log', options, { every: true })
  const { every = 50 } = options
  const file = logFile(path)
  const add = (line: object) => file.add(JSON.stringify(line))
  return {
    name: 'metrics-log',
    state: () => ({ data: { length: file.length } }),
    restore: ({ data }) => file.rewind(check(logPlace, data, 'metrics-log').length),
    async onTrainBegin(run) {
      await file.open({ empty: run.step === 0 })
      if (run.step > 0) return
      const better = Object.fromEntries(run.metricNames.map((name) => [name, run.better(name)]))
      await add({ kind: 'metrics', better })
    },
    async onBatchEnd({ step, epoch, learningRate }, run) {
      if ((step + 1) % every !== 0) return
      await add({ kind: 'step', step: step + 1, epoch, learningRate, ...run.metrics() })
    },
    async onEpochEnd({ epoch, metrics, learningRate, seconds }, run) {
      await add({ kind: 'epoch', step: run.step, epoch, learningRate, seconds, ...metrics })
    },
    onTrainEnd: () => file.close(),
  }
}
