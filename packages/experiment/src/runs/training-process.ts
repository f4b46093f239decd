import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { z } from 'zod'
import { readText } from './read-text.ts'
import { type RunFolder, runFiles } from './run-folder.ts'

/** The process that trains a run. Its file is there while it does, and stays behind when it is killed. */
export interface TrainingProcess {
  readonly pid: number
  readonly host: string
  /** Tells the process from a later one of the same number; undefined where the system does not say. */
  readonly started?: string | undefined
  /** ISO 8601: when it began or went on. */
  readonly began: string
  /** Steps of the whole run, once they are known. */
  readonly totalSteps?: number | undefined
}

const schema: z.ZodType<TrainingProcess> = z.object({
  // 0 and below stand for groups of processes. In a container, 1 may well be the one that trains.
  pid: z.int().min(1),
  host: z.string(),
  started: z.string().optional(),
  began: z.string(),
  totalSteps: z.int().optional(),
})

/** A process of another machine that has written nothing for so long counts as gone: nobody can ask it. */
const SILENT_MS = 3_600_000

/** Says that this process trains the run from now on. */
export async function claimRun(
  run: RunFolder,
  { began, totalSteps }: Pick<TrainingProcess, 'began' | 'totalSteps'>,
): Promise<void> {
  const { pid } = process
  const own: TrainingProcess = {
    ...{ pid, host: hostname(), started: await startOf(pid), began, totalSteps },
  }
  await run.writeJson(runFiles.process, own)
}

/** Says that no process trains the run any more. */
export async function releaseRun(run: RunFolder): Promise<void> {
  await rm(run.file(runFiles.process), { force: true })
}

/** Whether a process trains the run, or was killed while it did. As fast as can be: lists ask it of every run. */
export function isClaimed(path: string): boolean {
  return existsSync(join(path, runFiles.process))
}

/** The process that trains the run, or was killed while it did; undefined for a run that ended, however it did. */
export async function trainingProcess(run: RunFolder): Promise<TrainingProcess | undefined> {
  try {
    return schema.parse(JSON.parse(await readText(run.file(runFiles.process))))
  } catch {
    // None there, or none that one could look for.
    return undefined
  }
}

/** Whether the process still trains the run. */
export async function isAlive(run: RunFolder, process: TrainingProcess): Promise<boolean> {
  if (process.host !== hostname()) return Date.now() - (await lastWritten(run)) < SILENT_MS
  return isRunning(process.pid) && (await startOf(process.pid)) === process.started
}

/**
 * Two processes must not write to one run.
 *
 * @throws DataError when another one trains it.
 */
export async function refuseIfTrained(run: RunFolder): Promise<void> {
  const other = await trainingProcess(run)
  if (other === undefined || !(await isAlive(run, other))) return
  throw new DataError({
    where: run.path,
    expected: 'no process may be training the run',
    given: `process ${other.pid} on ${other.host}, since ${other.began}`,
    hint: 'Stop it first; what it has done until then is kept.',
  })
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process started, as Linux counts: numbers of processes come again, these do not. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, text] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ])
    // The second field is the program's name in brackets, which may hold anything; the start is the 22nd.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return `${boot.trim()} ${fields[19]}`
  } catch {
    return undefined
  }
}

/** Milliseconds since 1970. */
async function lastWritten(run: RunFolder): Promise<number> {
  const times = [runFiles.process, runFiles.metrics].map(async (name) => {
    return (await stat(run.file(name)).catch(() => undefined))?.mtimeMs ?? 0
  })
  return Math.max(...(await Promise.all(times)))
}
