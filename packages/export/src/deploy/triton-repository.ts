import { copyFile, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { ConfigError, DataError } from '@ashlar/errors'
import type { Deployable } from './deployable.ts'
import { LABELS_FILE, tritonConfig } from './triton-config.ts'

/** Names that are a folder of the repository on every system, and one segment of a URL. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/

/** A version that was added to a repository. */
export interface TritonVersion {
  /** Folder of the model. */
  readonly folder: string
  readonly version: number
}

/**
 * Adds a model to a repository in Triton's layout: `NAME/config.pbtxt`, `NAME/labels.txt` where classes have names, and the file as
 * `NAME/VERSION/model.onnx`. The first version is 1; a model that is there gets the next one, which is complete before it is seen.
 *
 * @param repository made if need be.
 * @throws ConfigError for a name that cannot be a folder.
 * @throws DataError when the file cannot be read or the repository not be written.
 */
export async function writeTritonRepository(
  repository: string,
  model: Deployable,
): Promise<TritonVersion> {
  const { name, labels } = model
  if (!NAME.test(name)) {
    throw new ConfigError({
      where: 'Triton repository',
      expected:
        'the name of the model must be letters, digits, dots, dashes and underscores, 128 at most',
      given: name,
    })
  }
  const config = tritonConfig(model)
  const folder = join(repository, name)
  try {
    await mkdir(folder, { recursive: true })
    const version = 1 + Math.max(0, ...versionsIn(await readdir(folder)))
    if (labels !== undefined) {
      await writeFileSafely(join(folder, LABELS_FILE), labels.map((each) => `${each}\n`).join(''))
    }
    await writeFileSafely(join(folder, 'config.pbtxt'), config)
    await addVersion(folder, version, model.file)
    return { folder, version }
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new DataError({
      where: folder,
      expected: 'the model must be readable and the repository writable',
      given: (cause as Error).message,
      cause,
    })
  }
}

/** Version folders are numbers that do not begin with 0; Triton passes over all others. */
function versionsIn(names: readonly string[]): number[] {
  return names.filter((each) => /^[1-9]\d*$/.test(each)).map(Number)
}

/** Copies the file, and the data file that may lie beside it, under a name that no server looks at; then renames the folder. */
async function addVersion(folder: string, version: number, file: string): Promise<void> {
  const beside = join(folder, `.${version}.tmp`)
  await rm(beside, { recursive: true, force: true })
  await mkdir(beside)
  try {
    await copyDurably(file, join(beside, 'model.onnx'))
    for (const data of await dataFilesOf(file)) {
      await copyDurably(join(dirname(file), data), join(beside, data))
    }
    await rename(beside, join(folder, String(version)))
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
}

async function copyDurably(from: string, to: string): Promise<void> {
  await copyFile(from, to)
  const handle = await open(to, 'r+')
  await handle.sync()
  await handle.close()
}

/** Weights past 2 GB lie beside the model, under its own name with an ending; the model refers to them by that name. */
async function dataFilesOf(file: string): Promise<string[]> {
  const start = `${basename(file)}.data`
  return (await readdir(dirname(file))).filter((name) => name === start)
}
