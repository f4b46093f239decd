import { type FileHandle, open } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import type { Callback } from '../training/callback.ts'

/** Options of {@link metricsLog}. */
export interface MetricsLogOptions {
  /** Steps between two lines, 50 by default. */
  readonly every?: number | undefined
}

/**
 * Writes training as it goes, one JSON object a line: `kind` is `step` or `epoch`; loss and metrics are means over the
 * epoch so far. Lines go to the end of the file, each in one write.
 *
 * @throws DataError when the disk refuses; training ends with it.
 */
export function metricsLog(path: string, { every = 50 }: MetricsLogOptions = {}): Callback {
  let file: FileHandle | undefined
  const guard = async (work: () => Promise<unknown>) => {
    try {
      await work()
    } catch (error) {
      throw new DataError({
        where: path,
        expected: 'the metrics must be writable',
        given: (error as Error).message,
        cause: error,
      })
    }
  }
  const add = (line: object) => guard(async () => file?.appendFile(`${JSON.stringify(line)}\n`))
  return {
    name: 'metrics-log',
    onTrainBegin: () =>
      guard(async () => {
        file = await open(path, 'a')
      }),
    async onBatchEnd({ step, epoch, learningRate }, run) {
      if ((step + 1) % every !== 0) return
      await add({ kind: 'step', step: step + 1, epoch, learningRate, ...run.metrics() })
    },
    async onEpochEnd({ epoch, metrics, learningRate, seconds }, run) {
      await add({ kind: 'epoch', step: run.step, epoch, learningRate, seconds, ...metrics })
    },
    onTrainEnd: () =>
      guard(async () => {
        await file?.close()
        file = undefined
      }),
  }
}
