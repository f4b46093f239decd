import { resolve } from 'node:path'
import { check, definePlugin, type Plugin, path } from '@ashlar/plugins'
import { z } from 'zod'
import { csvLine } from '../files/csv-line.ts'
import type { Callback } from '../training/callback.ts'
import { logFile } from './log-file.ts'
import { logPlace } from './metrics-log.ts'

/** Columns before the metrics. */
const COLUMNS = ['epoch', 'step', 'learning_rate', 'seconds']

/**
 * Writes a row of comma-separated values per epoch, counted from 1, under a row of names: for spreadsheets and pandas.
 *
 * @throws DataError when the disk refuses; training ends with it.
 */
export function csvLog(where: string): Callback {
  const file = logFile(where)
  let names: readonly string[] = []
  return {
    name: 'csv-log',
    state: () => ({ data: { length: file.length } }),
    restore: ({ data }) => file.rewind(check(logPlace, data, 'csv-log').length),
    async onTrainBegin({ metricNames, step }) {
      names = metricNames
      await file.open({ empty: step === 0 })
      if (file.length === 0) await file.add(csvLine([...COLUMNS, ...names]))
    },
    async onEpochEnd({ epoch, metrics, learningRate, seconds }, run) {
      const values = names.map((name) => metrics[name] ?? null)
      await file.add(csvLine([epoch + 1, run.step, learningRate, seconds, ...values]))
    },
    onTrainEnd: () => file.close(),
  }
}

/** `csv-log` as a plugin. */
export const csvLogPlugin: Plugin<'callback'> = definePlugin({
  kind: 'callback',
  name: 'csv-log',
  description: 'Writes a row of comma-separated values per epoch.',
  options: z.strictObject({
    file: path('write', 'run').default('metrics.csv').describe('Path within the run folder.'),
  }),
  create: ({ file }, { runFolder = '.' }) => csvLog(resolve(runFolder, file)),
})
