import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { filesIn } from '../files/files-in.ts'
import { syncFolder, writeFileSafely } from '../files/write-file.ts'
import type { TrainingState } from '../training/state.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import type { Manifest } from './manifest.ts'
import { stringifyExactly } from './numbers.ts'
import { checkpointName, listCheckpoints, MANIFEST, readManifest, stepOf, TENSORS } from './read.ts'

/**
 * Writes a checkpoint: the tensors first, then a manifest with their size and SHA-256. Each file is written beside, flushed, renamed,
 * and its folder flushed. So whatever happens meanwhile, what is there afterwards is the new checkpoint, or the ones before.
 *
 * Then older ones go, and those of later steps, which belong to a run that was given up.
 *
 * @param folder made if need be.
 * @param keep how many checkpoints stay: the newest ones.
 * @throws DataError when the disk refuses.
 */
export async function writeCheckpoint(
  folder: string,
  { progress, tensors }: TrainingState,
  keep: number = 2,
): Promise<void> {
  await guard(folder, async () => {
    if ((await mkdir(folder, { recursive: true })) !== undefined) await syncFolder(dirname(folder))
  })
  const { step } = progress
  const bytes = encodeSafetensors({ tensors, metadata: { format: 'ashlar-checkpoint' } })
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  // A name of its own: the tensors of a checkpoint of the same step stay until their manifest is replaced.
  const file = `${checkpointName(step)}-${sha256.slice(0, 12)}${TENSORS}`
  const manifest: Manifest = {
    format: 'ashlar-checkpoint',
    version: 1,
    files: [{ name: file, bytes: bytes.length, sha256 }],
    progress,
  }
  await writeFileSafely(join(folder, file), bytes)
  const text = `${stringifyExactly(manifest)}\n`
  await writeFileSafely(join(folder, checkpointName(step) + MANIFEST), text)
  await guard(folder, async () => {
    for (const name of await listCheckpoints(folder)) {
      if (stepOf(name) > step) await rm(join(folder, name + MANIFEST), { force: true })
    }
  })
  await sweepCheckpoints(folder, step, keep)
}

/**
 * Removes what an interrupted run left: checkpoints that are older than those that stay, half-written files, tensors whose manifest
 * is gone. No other process may be writing to the folder.
 *
 * @param step where training stands. Checkpoints of later steps are not counted, and stay.
 * @param keep how many checkpoints of that step and before it stay: the newest ones.
 */
export async function sweepCheckpoints(folder: string, step: number, keep: number): Promise<void> {
  await guard(folder, async () => {
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

async function guard<T>(folder: string, work: () => Promise<T>): Promise<T> {
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
