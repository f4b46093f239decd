import { readText } from '../runs/read-text.ts'
import { type RunFolder, SWEEP } from '../runs/run-folder.ts'
import { isSealed, sealOf } from './seal.ts'

/** What the seal is of: that of a config is worth nothing here. */
const KIND = 'sweep'

/**
 * Writes what a sweep is to do, with a seal as its last key: the sweep was made here, by this user. See `writeConfig`, which does so with the config of a run.
 *
 * @param request plain data, as JSON has it.
 */
export async function writeSweepFile(
  folder: RunFolder,
  request: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { madeHere: _, ...rest } = request
  const madeHere = await sealOf(KIND, JSON.stringify(rest))
  await folder.writeJson(SWEEP, { ...rest, ...(madeHere !== undefined && { madeHere }) })
}

/** Whether a sweep was made here, and what it is to do is as it was written. */
export async function isSweepMadeHere(folder: Pick<RunFolder, 'file'>): Promise<boolean> {
  try {
    const { madeHere, ...rest } = JSON.parse(await readText(folder.file(SWEEP)))
    return typeof madeHere === 'string' && (await isSealed(KIND, JSON.stringify(rest), madeHere))
  } catch {
    return false
  }
}
