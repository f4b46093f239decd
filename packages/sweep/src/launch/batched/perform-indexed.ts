import { resolve } from 'node:path'
import { dropAnswer, readBatch, taskAt, writeAnswer } from '../../store/batch.ts'
import type { TaskResult } from '../../trials/task.ts'
import { TrialPool } from '../../work/pool.ts'

/** One task of a batch. */
export interface IndexedOptions {
  /** The sweep's folder. */
  readonly folder: string
  /** What the batch is called by: its digest. */
  readonly batch: string
  /** Which of its tasks, 0 for the first. */
  readonly index: number
  /** The module that makes a process of trials, absolute. */
  readonly module: string
  /** Where the experiment's relative paths start here; by default where they do on the sweep's machine. */
  readonly home?: string | undefined
  /** Has the task given back after its step. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Does one task of a batch in a process of its own, from where anybody has got with it, and says what came of it in the sweep's folder.
 *
 * @throws ConfigError or DataError where there is no such task.
 */
export async function performIndexed(options: IndexedOptions): Promise<TaskResult> {
  const { index, module, home, signal } = options
  const folder = resolve(options.folder)
  const batch = await readBatch(folder, options.batch)
  const task = taskAt(batch, index)
  await dropAnswer(folder, batch, index)
  const pool = new TrialPool({ module, threads: task.threads }, 1)
  const stop = () => pool.stop()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  try {
    const result = await pool.perform(task, {
      ...{ folder, home: home === undefined ? undefined : resolve(home) },
    })
    await writeAnswer(folder, batch, index, result)
    return result
  } finally {
    signal?.removeEventListener('abort', stop)
    await pool.end()
  }
}
