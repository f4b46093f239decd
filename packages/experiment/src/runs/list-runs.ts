import { constants, existsSync } from 'node:fs'
import { open, readdir, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { noRuns } from './no-runs.ts'
import { readText } from './read-text.ts'
import { type RunRecord, readRecord } from './record.ts'
import { LATEST, SWEEP } from './run-folder.ts'
import { isClaimed } from './training-process.ts'

/** A file beside the run folders: one record a line, the last one of a run counts. It can be lost without loss. */
const INDEX = 'index.jsonl'

/** The first line of the file; another one makes it useless. */
const HEADER = '{"ashlar":"runs","version":2}'

/** Folders that are read at once. */
const AT_ONCE = 32

/**
 * The records of all runs under a folder, those begun last first. Those of a sweep are called by its folder and theirs: `20261103-digits-sweep/5f0c...`.
 *
 * Runs that ended are read once and kept in `index.jsonl`, which is made again where it is missing or damaged. Folders that are gone are not
 * listed; runs that are under way, or were killed, are read each time.
 *
 * @param out the folder that run folders are in.
 * @param options `rebuild` reads every folder again.
 * @throws DataError when there is no such folder.
 * @example const [latest] = await listRuns('runs')
 */
export async function listRuns(
  out: string,
  { rebuild = false }: { readonly rebuild?: boolean | undefined } = {},
): Promise<RunRecord[]> {
  const folder = resolve(out)
  const names = await runNames(out)
  const index = join(folder, INDEX)
  const { records: known, lines } = rebuild ? NOTHING : await readIndex(index)
  const records: RunRecord[] = []
  const missing: string[] = []
  for (const name of names) {
    const record = known.get(name)
    // What the index says of a run that goes on is over.
    if (record === undefined || isClaimed(join(folder, name))) missing.push(name)
    else records.push(record)
  }
  const read = await readAll(folder, missing)
  const ended = read.filter(hasEnded)
  const kept = [...records, ...ended]
  // Lines of runs that are gone, and of records that were changed, would pile up.
  const wasteful = lines > 2 * kept.length + 100
  await keep(index, rebuild || wasteful || lines === 0 ? kept : ended, {
    anew: rebuild || wasteful || lines === 0,
  })
  return [...records, ...read].sort((a, b) => (a.run < b.run ? 1 : -1))
}

/**
 * Has the index know a run as it is now, after its notes were changed, or at its end: before the process that trained it lets go of it, so that
 * there is no moment at which only the folder knows.
 */
export async function refreshRecord(
  out: string,
  name: string,
  how: { readonly ended?: boolean } = {},
): Promise<void> {
  const folder = resolve(out)
  const record = await readRecord(join(folder, name), how)
  if (record === undefined || !hasEnded(record)) return
  await keepIfKnown(folder, { ...record, run: name })
  // A list of all runs has those of sweeps as well.
  if (!isSweep(folder)) return
  await keepIfKnown(dirname(folder), { ...record, run: `${basename(folder)}/${name}` })
}

async function keepIfKnown(folder: string, record: RunRecord): Promise<void> {
  const index = join(folder, INDEX)
  const { lines } = await readIndex(index)
  if (lines > 0) await keep(index, [record], { anew: false })
}

/** Whether nothing more is to be expected of a run, so that its record may be kept. */
function hasEnded({ outcome }: RunRecord): boolean {
  return outcome !== 'running' && outcome !== 'killed'
}

const NOTHING = { records: new Map<string, RunRecord>(), lines: 0 }

/**
 * What the runs under a folder are called in lists of them: by their folders, those of a sweep by its folder and theirs. A folder that holds no run is
 * among them: nothing is read.
 *
 * @param out the folder that run folders are in.
 * @throws DataError when there is no such folder.
 */
export async function runNames(out: string): Promise<string[]> {
  const folder = resolve(out)
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    // What leads to the latest is no run of its own.
    const names = entries
      .filter((entry) => !entry.isFile() && entry.name !== LATEST)
      .map(({ name }) => name)
    const inside = names.map((name) =>
      isSweep(join(folder, name)) ? runsIn(folder, name) : [name],
    )
    return (await Promise.all(inside)).flat()
  } catch (error) {
    throw noRuns(out, error, '--out DIR')
  }
}

/** Whether a folder holds the runs of a sweep. */
function isSweep(path: string): boolean {
  return existsSync(join(path, SWEEP))
}

/** What has a dot before it is still being worked on. */
async function runsIn(folder: string, sweep: string): Promise<string[]> {
  const entries = await readdir(join(folder, sweep), { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map(({ name }) => `${sweep}/${name}`)
}

async function readIndex(
  path: string,
): Promise<{ records: Map<string, RunRecord>; lines: number }> {
  const text = await readText(path).catch(() => '')
  const [header, ...lines] = text.split('\n')
  if (header !== HEADER) return NOTHING
  const records = new Map<string, RunRecord>()
  for (const line of lines) {
    if (line === '') continue
    try {
      const record: unknown = JSON.parse(line)
      if (isRecord(record)) records.set(record.run, record)
    } catch {
      // A line that was cut off by a crash: its run is read from its folder.
    }
  }
  return { records, lines: lines.length }
}

/** Checked by hand: there may be many thousands. What is none is read from its folder. */
function isRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null) return false
  const { run, experiment, outcome, metrics, tags, note, config } = value as Partial<RunRecord>
  const texts = [run, experiment, outcome, note]
  return (
    texts.every((each) => typeof each === 'string') &&
    [metrics, config].every((each) => typeof each === 'object' && each !== null) &&
    Object.values(metrics!).every((each) => typeof each === 'number' || each === null) &&
    Array.isArray(tags) &&
    tags.every((each) => typeof each === 'string')
  )
}

/** The index only saves time: where it cannot be written, the next listing takes longer. */
async function keep(
  path: string,
  records: readonly RunRecord[],
  { anew }: { readonly anew: boolean },
): Promise<void> {
  if (records.length === 0 && !anew) return
  const lines = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  try {
    if (anew) await writeFileSafely(path, `${HEADER}\n${lines}`)
    // A line that a crash cut off has no end: begin a new one.
    else await append(path, `\n${lines}`)
  } catch {
    await rm(path, { force: true }).catch(() => undefined)
  }
}

/** A link in a folder of runs may lead to any file of the user, and what is added comes from runs. */
async function append(path: string, text: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0)
  const file = await open(path, flags)
  try {
    await file.appendFile(text)
  } finally {
    await file.close()
  }
}

async function readAll(folder: string, names: readonly string[]): Promise<RunRecord[]> {
  const records: RunRecord[] = []
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const some = await Promise.all(
      names.slice(start, start + AT_ONCE).map(async (name) => {
        const record = await readRecord(join(folder, name))
        return record && { ...record, run: name }
      }),
    )
    for (const record of some) if (record !== undefined) records.push(record)
  }
  return records
}
