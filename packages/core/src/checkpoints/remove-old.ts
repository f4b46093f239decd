import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { filesIn } from '../files/files-in.ts'
import { listCheckpoints, MANIFEST, readManifest, stepOf } from './read.ts'

/**
 * Removes what an interrupted run left: checkpoints that are older than those that stay, half-written files, tensors whose manifest
 * is gone. No other process may be writing to the folder.
 *
 * @param step where training stands. Checkpoints of later steps are not counted, and stay.
 * @param keep how many checkpoints of that step and before it stay: the newest ones.
 */
export async function removeOldCheckpoints(
  folder: string,
  step: number,
  keep: number,
): Promise<void> {
  await whereWritable(folder, async () => {
    const names = await listCheckpoints(folder)
    const old = names.filter((name) => stepOf(name) <= step).slice(keep)
    for (const name of old) await rm(join(folder, name + MANIFEST), { force: true })
    const used = new Set<string>()
    for (const name of names) {
      if (old.includes(name)) continue
      const manifest = await readManifest(folder, name).catch((error: unknown) => {
        // Damaged: what it named cannot be known, and is of no use without it.
        if (!(error instanceof DataError)) throw error
      })
      for (const file of manifest?.files ?? []) used.add(file.name)
    }
    const isOurs = /^step-\d{8,}.*\.(?:safetensors|tmp)$/
    for (const file of await filesIn(folder)) {
      if (isOurs.test(file) && !used.has(file)) await rm(join(folder, file), { force: true })
    }
  })
}

/** @throws DataError that names the folder, for whatever the disk refuses. */
export async function whereWritable<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof DataError) throw error
    throw new DataError({
      where: folder,
      expected: 'checkpoints must be writable',
      given: (error as Error).message,
      cause: error,
    })
  }
}
