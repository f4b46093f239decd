import { dirname } from 'node:path'
import { removeHalfWritten } from '@ashlar/core/files'
import { refreshRecord } from './list-runs.ts'
import { isRun, type RunFolder } from './run-folder.ts'
import { claimRun, refuseIfTrained, releaseRun } from './training-process.ts'

/**
 * Trains a run while no other process may, and has lists of runs know: that it is under way, and then what came of it. A folder in which nothing
 * got as far as its config is removed again.
 *
 * @throws DataError when another process trains it.
 */
export async function holdRun<T>(run: RunFolder, began: Date, train: () => Promise<T>): Promise<T> {
  await refuseIfTrained(run)
  try {
    await claimRun(run, { began: began.toISOString() })
    await removeHalfWritten(run.path)
    return await train()
  } catch (error) {
    if (!(await isRun(run.path))) await run.remove()
    throw error
  } finally {
    await refreshRecord(dirname(run.path), run.name, { ended: true })
    // A disk that refuses this has refused what matters more before.
    await releaseRun(run).catch(() => undefined)
  }
}
