import { stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openRun, type RunFolder, runFiles, SWEEP } from '../runs/run-folder.ts'
import type { Action } from './describe-actions.ts'
import { runAsks } from './links.ts'
import { isMadeHere } from './seal.ts'
import { isSweepMadeHere } from './sweep-seal.ts'

/**
 * Where an experiment comes from that nobody here wrote: a run folder that was not made here, or a file that carries one. What is in it is data:
 * it is looked at, and does nothing beyond its folder. An experiment without an origin is the user's own.
 */
export interface Origin {
  /** The run folder or file, as errors name it. */
  readonly where: string
  /** Absolute path of the folder whose files it may read and write; undefined for a file, which has none. */
  readonly inside?: string | undefined
  /** What reading it at all would do: follow links to somewhere else. */
  readonly asks: readonly Action[]
}

/** Files that only a run has beside its config: an experiment may well be called `config.yaml`. */
const MARKS = [runFiles.summary, runFiles.metrics, runFiles.process]

/**
 * Where the experiment of a run comes from: undefined for a run that was made here, or that the user trusts.
 *
 * @throws DataError for a folder that holds other things than plain files and folders.
 */
export async function originOf(
  run: RunFolder,
  trust: boolean = false,
): Promise<Origin | undefined> {
  if (trust || (await isMadeHere(run))) return undefined
  return { where: run.path, inside: run.path, asks: await runAsks(run.path) }
}

/** Where a sweep's folder comes from: undefined for one that was made here, or that the user trusts. See `originOf`. */
export async function originOfSweep(
  folder: Pick<RunFolder, 'path' | 'file'>,
  trust: boolean = false,
): Promise<Origin | undefined> {
  if (trust || (await isSweepMadeHere(folder))) return undefined
  return { where: folder.path, inside: folder.path, asks: await runAsks(folder.path) }
}

/**
 * Where a file comes from that lies in the folder of a run or a sweep, however deep; undefined for one that lies in none, or in one that was made here. Such
 * a file came with the run or the sweep, whoever names it.
 *
 * @param path absolute.
 */
export async function originOfFile(path: string): Promise<Origin | undefined> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (await looksLikeRun(folder)) return originOf(await openRun(folder))
    const file = (name: string) => join(folder, name)
    if (await isFile(file(SWEEP))) return originOfSweep({ path: folder, file })
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
