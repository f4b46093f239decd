import { existsSync } from 'node:fs'
import { lstat, mkdir, readlink, rename, rm, stat, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { writeFileSafely } from '@ashlar/core/files'
import { DataError } from '@ashlar/errors'
import { readText } from './read-text.ts'

/** The files of a run folder. */
export const runFiles = {
  /** The resolved experiment. */
  config: 'config.yaml',
  /** One JSON object a line: training as it went. */
  metrics: 'metrics.jsonl',
  /** Which process trains the run; gone when none does. */
  process: 'process.json',
  /** A folder of what a run can go on from. */
  checkpoints: 'checkpoints',
  /** What the data told the model when the run began. */
  facts: 'facts.json',
  weights: 'weights.safetensors',
  /** Outcome, figures, and where they come from. */
  summary: 'summary.json',
  /** How the source code differed from its commit; only where it did. */
  diff: 'source.diff',
  /** Tags and note, by people. */
  notes: 'notes.json',
  /** What data and model are, and how the model did: for whoever looks at the run without building them. */
  description: 'description.json',
  /** What is shown of its data: class balance, a few samples as they are trained on, the worst mistakes. */
  samples: 'samples.json',
  /** What the exported file was held against, and how it came out. */
  verification: 'verification.json',
} as const

/** Beside the run folders: a link to the one begun last, or a file that holds its name where links need rights, as on Windows. */
export const LATEST = 'latest'

/** In a folder that holds the runs of a sweep: what the sweep is. */
export const SWEEP = 'sweep.json'

/** Of a file system. */
const LONGEST_NAME = 4096

/** A folder that holds everything of one run. */
export interface RunFolder {
  /** `20261103-142501-mnist-mini-resnet`. */
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** Absolute path of a file inside. */
  file(name: string): string
  /** Writes a file that is complete or not there at all. */
  write(name: string, contents: string | Uint8Array): Promise<void>
  /** The same, as JSON that people can read. */
  writeJson(name: string, value: unknown): Promise<void>
  /** Removes the folder with all that is in it, and what says that it is the latest. */
  remove(): Promise<void>
}

/**
 * Makes a new run folder `<time>-<name>` under `out`, and has `out`/latest lead there.
 *
 * @param out made if need be.
 * @param now the time that the folder is named by.
 * @param how `latest: false` leaves `latest` as it is: for a folder that will be no run itself.
 * @throws DataError when the disk refuses.
 */
export async function createRun(
  out: string,
  name: string,
  now: Date,
  { latest = true }: { readonly latest?: boolean } = {},
): Promise<RunFolder> {
  const folder = resolve(out)
  let run: RunFolder | undefined
  try {
    await mkdir(folder, { recursive: true })
    run = at(await makeUnique(folder, `${stamp(now)}-${name}`))
    if (latest) await pointTo(join(folder, LATEST), run.name)
    return run
  } catch (error) {
    await run?.remove()
    throw notWritable(folder, error)
  }
}

/**
 * The run folder at a path, made if need be; nothing says that it is the latest.
 *
 * @throws DataError when the disk refuses.
 */
export async function makeRun(path: string): Promise<RunFolder> {
  const folder = resolve(path)
  try {
    await mkdir(folder, { recursive: true })
    return at(folder)
  } catch (error) {
    throw notWritable(folder, error)
  }
}

function notWritable(folder: string, error: unknown): DataError {
  if (error instanceof DataError) return error
  return new DataError({
    where: folder,
    expected: 'the folder must be writable',
    given: (error as Error).message,
    hint: 'Choose another with --out DIR.',
    cause: error,
  })
}

/**
 * Finds a run folder.
 *
 * @param path the folder, or the `latest` beside it.
 * @throws DataError when it is none.
 */
export async function openRun(path: string): Promise<RunFolder> {
  const found = await follow(resolve(path))
  const config = await stat(join(found, runFiles.config)).catch(() => undefined)
  if (config?.isFile()) return at(found)
  throw new DataError({
    where: path,
    expected: `must be a run folder, with a ${runFiles.config} in it`,
    hint: existsSync(found) ? undefined : 'There is nothing at this path.',
  })
}

/** Whether there is a run folder at a path. */
export async function isRun(path: string): Promise<boolean> {
  const config = join(await follow(resolve(path)), runFiles.config)
  return (await stat(config).catch(() => undefined))?.isFile() ?? false
}

function at(path: string): RunFolder {
  const file = (name: string) => join(path, name)
  return {
    name: basename(path),
    path,
    file,
    write: (name, contents) => writeFileSafely(file(name), contents),
    writeJson: (name, value) => writeFileSafely(file(name), `${JSON.stringify(value, null, 2)}\n`),
    async remove() {
      await rm(path, { recursive: true, force: true })
      const latest = join(dirname(path), LATEST)
      if ((await namedBy(latest)) === basename(path)) await rm(latest, { force: true })
    },
  }
}

/** Two runs may begin within one second. */
async function makeUnique(folder: string, name: string, count: number = 1): Promise<string> {
  const path = join(folder, count === 1 ? name : `${name}-${count}`)
  try {
    await mkdir(path)
    return path
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return makeUnique(folder, name, count + 1)
  }
}

/** Replaces what is there at once, so that a reader finds the one or the other. */
async function pointTo(latest: string, name: string): Promise<void> {
  const beside = `${latest}-${process.pid}`
  try {
    await symlink(name, beside, 'dir')
    await rename(beside, latest)
  } catch {
    await rm(beside, { force: true })
    await writeFileSafely(latest, `${name}\n`)
  }
}

/** What a `latest` names; undefined where there is none. */
async function namedBy(latest: string): Promise<string | undefined> {
  const found = await lstat(latest).catch(() => undefined)
  if (found?.isSymbolicLink()) return readlink(latest)
  if (!found?.isFile()) return undefined
  return (await readText(latest, LONGEST_NAME).catch(() => '')).trim()
}

async function follow(path: string): Promise<string> {
  const name = basename(path) === LATEST ? await namedBy(path) : undefined
  if (name === undefined) return path
  // It names a folder beside it. What is longer, or leads elsewhere, was made by somebody else.
  const isBeside = name !== '' && name !== '..' && name !== '.' && !/[\\/\0]/.test(name)
  return isBeside ? resolve(dirname(path), name) : join(path, 'leads elsewhere')
}

/** Local time, in an order that sorts. */
function stamp(time: Date): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const date = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`
  return `${date}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`
}
