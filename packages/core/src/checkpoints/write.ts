import { createHash } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { syncFolder } from '../files/sync-folder.ts'
import { writeFileSafely } from '../files/write-file.ts'
import type { TrainingState } from '../training/resume.ts'
import { encodeSafetensors } from '../weights/safetensors.ts'
import type { Manifest } from './manifest.ts'
import { stringifyExactly } from './numbers.ts'
import { checkpointName, listCheckpoints, MANIFEST, stepOf, TENSORS } from './read.ts'
import { removeOldCheckpoints, whereWritable } from './remove-old.ts'

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
  await whereWritable(folder, async () => {
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
  await whereWritable(folder, async () => {
    for (const name of await listCheckpoints(folder)) {
      if (stepOf(name) > step) await rm(join(folder, name + MANIFEST), { force: true })
    }
  })
  await removeOldCheckpoints(folder, step, keep)
}
