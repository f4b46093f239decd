import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { check } from '@ashlar/plugins'
import { filesIn } from '../files/files-in.ts'
import type { TrainingState } from '../training/resume.ts'
import { decodeSafetensors } from '../weights/safetensors.ts'
import { type Manifest, manifestSchema } from './manifest.ts'
import { parseExactly } from './numbers.ts'

/** Endings of the two files of a checkpoint. */
export const TENSORS = '.safetensors'
export const MANIFEST = '.json'

/** What a folder of checkpoints came to. */
export interface FoundCheckpoint {
  readonly state: TrainingState
  /** Newer ones that were damaged, and what was wrong with each. */
  readonly damaged: readonly string[]
}

/** `step-00000200`: names sort by step. */
export function checkpointName(step: number): string {
  return `step-${String(step).padStart(8, '0')}`
}

/** Names of the checkpoints in a folder that have a manifest, the newest first; none if there is no folder. */
export async function listCheckpoints(folder: string): Promise<string[]> {
  const files = await filesIn(folder)
  return files
    .filter((file) => /^step-\d{8,}\.json$/.test(file))
    .map((file) => file.slice(0, -MANIFEST.length))
    .sort((a, b) => stepOf(b) - stepOf(a))
}

/**
 * Reads the newest checkpoint that is whole. A damaged one is passed over for the one before.
 *
 * @returns undefined when the folder has no checkpoint.
 * @throws DataError when it has some and none is whole; says what is wrong with each.
 */
export async function readCheckpoint(folder: string): Promise<FoundCheckpoint | undefined> {
  const damaged: string[] = []
  for (const name of await listCheckpoints(folder)) {
    try {
      return { state: await readCheckpointOf(folder, name), damaged }
    } catch (error) {
      if (!(error instanceof DataError)) throw error
      damaged.push(error.message)
    }
  }
  if (damaged.length === 0) return undefined
  throw new DataError({
    where: folder,
    expected: 'at least one checkpoint must be whole',
    hint: damaged.join('\n  '),
  })
}

async function readCheckpointOf(folder: string, name: string): Promise<TrainingState> {
  const { files, progress } = await readManifest(folder, name)
  const [file] = files
  const path = join(folder, file!.name)
  const bytes = await read(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  if (bytes.length !== file!.bytes || sha256 !== file!.sha256) {
    throw new DataError({
      where: path,
      expected: `the file must have ${file!.bytes} bytes with the SHA-256 ${file!.sha256}`,
      given: `${bytes.length} bytes with ${sha256}`,
    })
  }
  return { progress, tensors: decodeSafetensors(bytes, path).tensors }
}

/** @throws DataError when the manifest is missing or damaged. */
export async function readManifest(folder: string, name: string): Promise<Manifest> {
  const path = join(folder, name + MANIFEST)
  const text = await read(path)
  try {
    return check(manifestSchema, parseExactly(text.toString('utf8')), path)
  } catch (error) {
    throw new DataError({
      where: path,
      expected: 'the manifest must be whole',
      given: (error as Error).message,
      cause: error,
    })
  }
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new DataError({
      where: path,
      expected: 'the file must be readable',
      given: (error as Error).message,
      cause: error,
    })
  }
}

/** The step that a checkpoint's name stands for. */
export function stepOf(name: string): number {
  return Number(name.slice('step-'.length))
}
