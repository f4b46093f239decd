import { randomBytes } from 'node:crypto'
import { cp, lstat, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { DataError } from '@ashlar/errors'
import { makeRun, type RunFolder, runFiles } from '@ashlar/experiment'
import { refreshRecord } from '@ashlar/experiment/runs'
import {
  failedTask,
  type TaskResult,
  type TrialTask,
  taskResultSchema,
  trialIdSchema,
} from '../trials/task.ts'

// Whoever works on a trial does so in a folder of its own, `.work/<token>/<id>`, and only a finished piece of work takes the trial's place. So two that work on the same one do
// no harm: the first to finish is taken, and the other one finds that out.

/** In a sweep's folder: what is being worked on. */
export const WORK = '.work'

/** In a trial's folder: what came of its last piece of work. There only when that is done. */
export const RESULT = 'trial.json'

/** In a folder that is being worked on: how often somebody has begun. */
const BEGUN = 'attempt.json'

/** A piece of work that has been begun. */
export interface Attempt {
  /** Where the trial is trained. */
  readonly run: RunFolder
  /** The sweep's folder. */
  readonly folder: string
  /** Times that it was begun, this one included. */
  readonly count: number
}

/** What there is of a trial in one place. */
interface Found {
  readonly path: string
  readonly result: TaskResult | undefined
  /** Step of its last checkpoint; 0 for none. */
  readonly step: number
  readonly begun: { readonly until: number; readonly count: number } | undefined
}

/**
 * Begins a task, from where anybody has got with it.
 *
 * @param folder of the sweep.
 * @returns what came of the task, if somebody has done it already, or nobody could in so many attempts.
 * @throws DataError for an id that is none.
 */
export async function beginAttempt(
  folder: string,
  task: TrialTask,
): Promise<Attempt | { readonly done: TaskResult }> {
  const { id, until, attempts } = task
  requireId(id)
  const all = await findAll(folder, id)
  const finished = all.find(({ result }) => result !== undefined && isDone(result, until))
  if (finished !== undefined) {
    // Its place may not have been taken: whoever did it was killed just then.
    const done = await takePlace({ folder, path: finished.path, id }, finished.result!)
    return { done }
  }
  const counts = all.map(({ begun }) => (begun?.until === until ? begun.count : 0))
  const count = Math.max(0, ...counts) + 1
  const from = furthestOf(all)
  const run = await makeRun(join(folder, WORK, newToken(), id))
  if (from !== undefined) await copyRun(from.path, run.path)
  await run.writeJson(BEGUN, { until, count })
  const attempt = { run, folder, count }
  if (count <= attempts) return attempt
  const last = await readFile(crashFile(folder, id), 'utf8').catch(() => '')
  const message = `given up: begun ${attempts} times, and never finished${last === '' ? '' : `; the last time: ${last}`}`
  return { done: await finishAttempt(attempt, failedTask(task, { message, kind: 'crash' })) }
}

/** What a process said when it died with a trial, for the case that it always does. */
export async function noteCrash(folder: string, id: string, text: string): Promise<void> {
  requireId(id)
  await mkdir(join(folder, WORK), { recursive: true })
  await writeFileSafely(crashFile(folder, id), text)
}

/** It names folders that are moved and removed: none that lies elsewhere. */
function requireId(id: string): void {
  if (trialIdSchema.safeParse(id).success) return
  throw new DataError({
    where: 'trial',
    expected: 'its id must be 16 hexadecimal digits',
    given: id,
  })
}

function crashFile(folder: string, id: string): string {
  return join(folder, WORK, `${id}.crash.txt`)
}

function newToken(): string {
  return `${hostname()}-${process.pid}-${randomBytes(6).toString('hex')}`
}

/** Work that could not be finished here, and can go on elsewhere: it does not count as an attempt. */
export async function leaveAttempt({ run, count }: Attempt, until: number): Promise<void> {
  await run.writeJson(BEGUN, { until, count: count - 1 })
}

/** Forgets an attempt that came to nothing. */
export async function dropAttempt({ run }: Attempt): Promise<void> {
  await rm(dirname(run.path), { recursive: true, force: true })
}

/**
 * Puts a finished piece of work in the trial's place, unless somebody was faster.
 *
 * @returns what stands there now.
 */
export async function finishAttempt(
  { run, folder }: Attempt,
  result: TaskResult,
): Promise<TaskResult> {
  await run.writeJson(RESULT, result)
  await rm(run.file(BEGUN), { force: true })
  return takePlace({ folder, path: run.path, id: result.id }, result)
}

async function takePlace(
  { folder, path, id }: { folder: string; path: string; id: string },
  result: TaskResult,
): Promise<TaskResult> {
  const place = join(folder, id)
  if (path === place) return result
  for (;;) {
    const there = await readResult(place)
    if (there !== undefined && isDone(there, result.until)) {
      await rm(dirname(path), { recursive: true, force: true })
      return there
    }
    const aside = join(folder, WORK, newToken())
    await mkdir(aside, { recursive: true })
    await moveAway(place, join(aside, id))
    const isTaken = await rename(path, place).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false
        throw error
      },
    )
    await rm(aside, { recursive: true, force: true })
    if (!isTaken) continue
    await rm(dirname(path), { recursive: true, force: true })
    await refreshRecord(folder, id, { ended: true })
    return result
  }
}

async function moveAway(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Where somebody has got furthest with a trial, absolute; undefined where nobody has begun. */
export async function furthest(folder: string, id: string): Promise<string | undefined> {
  return furthestOf(await findAll(folder, id))?.path
}

/** Of equal ones, that in the trial's place: it comes first. */
function furthestOf(all: readonly Found[]): Found | undefined {
  return [...all].sort((a, b) => b.step - a.step)[0]
}

/** What is there of a trial: in its place, and where somebody works on it, or did. */
async function findAll(folder: string, id: string): Promise<Found[]> {
  const tokens = await readdir(join(folder, WORK)).catch(() => [])
  const paths = [join(folder, id), ...tokens.map((token) => join(folder, WORK, token, id))]
  const found = await Promise.all(paths.map(find))
  return found.filter((each) => each !== undefined)
}

async function find(path: string): Promise<Found | undefined> {
  const names = await readdir(path).catch(() => undefined)
  if (names === undefined) return undefined
  const files = await readdir(join(path, runFiles.checkpoints)).catch(() => [])
  const steps = files.flatMap((file) => Number(/^step-(\d+)\.json$/.exec(file)?.[1] ?? []))
  const begun = await readFile(join(path, BEGUN), 'utf8').then(
    (text) => JSON.parse(text) as Found['begun'],
    () => undefined,
  )
  return { path, result: await readResult(path), step: Math.max(0, ...steps), begun }
}

async function readResult(path: string): Promise<TaskResult | undefined> {
  try {
    const text = await readFile(join(path, RESULT), 'utf8')
    return taskResultSchema.parse(JSON.parse(text))
  } catch {
    // None there, or damaged: then it is done again.
    return undefined
  }
}

/** Whether nothing is left to do for a task. */
function isDone({ status, until }: TaskResult, wanted: number): boolean {
  if (status === 'given-back') return false
  return status === 'reached' ? until >= wanted : true
}

/** What belongs to one attempt alone. */
const OWN = new Set<string>([RESULT, BEGUN, runFiles.process])

/**
 * The folder may be another's who still writes to it; what is half-written is told by its digest.
 *
 * @throws DataError for links, pipes and the like: whoever goes on would write through them.
 */
async function copyRun(from: string, to: string): Promise<void> {
  await cp(from, to, {
    recursive: true,
    filter: async (source) => {
      if (OWN.has(basename(source)) || source.endsWith('.tmp')) return false
      const entry = await lstat(source)
      if (entry.isDirectory() || entry.isFile()) return true
      throw new DataError({
        where: source,
        expected: 'a trial must hold plain files and folders',
        given: entry.isSymbolicLink() ? 'a link' : 'something else',
        hint: 'Remove it, then go on.',
      })
    },
  }).catch((error: NodeJS.ErrnoException) => {
    // It has just taken its place, or was removed: then the work begins anew.
    if (error.code !== 'ENOENT') throw error
  })
}

/** Removes what nobody works on any more, when a sweep is over. */
export async function sweepWork(folder: string): Promise<void> {
  await rm(join(folder, WORK), { recursive: true, force: true })
}
