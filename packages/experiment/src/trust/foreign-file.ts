import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openRun, runFiles } from '../runs/run-folder.ts'
import type { Origin } from './origin.ts'
import { originOf } from './seal.ts'

/** Files that only a run has beside its config: an experiment may well be called `config.yaml`. */
const MARKS = [runFiles.summary, runFiles.metrics, runFiles.process]

/**
 * Where a file comes from that lies in a run folder, however deep; undefined for one that lies in none, or in one that was made here. Such a file came
 * with the run, whoever names it.
 *
 * @param path absolute.
 */
export async function originOfFile(path: string): Promise<Origin | undefined> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (await looksLikeRun(folder)) return originOf(await openRun(folder))
    if (dirname(folder) === folder) return undefined
  }
}

async function looksLikeRun(folder: string): Promise<boolean> {
  if (!(await isFile(join(folder, runFiles.config)))) return false
  const found = await Promise.all(MARKS.map((name) => isFile(join(folder, name))))
  return found.includes(true)
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false
}
