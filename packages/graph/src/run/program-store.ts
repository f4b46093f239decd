import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder } from '../session/cache-folder.ts'
import { keepFile, PART } from '../session/keep-file.ts'
import type { FinishedProgram } from './finished-program.ts'

/** Programs that earlier processes have finished. */
export interface ProgramStore {
  get(key: string): FinishedProgram | undefined
  /** Keeps a program for later processes, where it can be kept. */
  add(key: string, program: FinishedProgram): void
}

/** Of the folder, with all that it holds. What was used last stays. */
const LARGEST = 512 * 2 ** 20

/** A larger program takes too much of that: constants of its own, as a table that is looked up. */
const LARGEST_PROGRAM = 64 * 2 ** 20

/** Each is looked at when one is added. */
const MOST_FILES = 1000

const SUFFIX = '.program'
const STALE_MS = 60 * 60 * 1000

/**
 * Programs as files of a folder: a line of JSON that says what the model takes and gives, and a digest; behind it the model. One that is damaged is as one that is not there.
 *
 * @param folder default: `programs` in `$ASHLAR_HOME`, or in the platform's cache folder.
 * @param largest bytes of all files together.
 */
export function openProgramStore(
  folder: string = cacheFolder('programs'),
  largest: number = LARGEST,
): ProgramStore {
  const pathOf = (key: string) => join(folder, `${key}${SUFFIX}`)
  return {
    get(key) {
      const path = pathOf(key)
      try {
        const program = read(readFileSync(path))
        if (program !== undefined) touch(path)
        return program
      } catch {
        // Not there, or not to be read.
        return undefined
      }
    },
    add(key, program) {
      if (program.model.length > Math.min(LARGEST_PROGRAM, largest)) return
      const bytes = written(program)
      makeRoom(folder, largest - bytes.length)
      keepFile(pathOf(key), bytes)
    },
  }
}

function written({ model, ...about }: FinishedProgram): Buffer {
  const line = JSON.stringify({ ...about, bytes: model.length, digest: digestOf(model, about) })
  return Buffer.concat([Buffer.from(`${line}\n`), model])
}

function read(bytes: Buffer): FinishedProgram | undefined {
  const end = bytes.indexOf(10)
  const {
    bytes: length,
    digest,
    ...about
  } = JSON.parse(bytes.toString('utf8', 0, end)) as Omit<FinishedProgram, 'model'> & {
    readonly bytes: number
    readonly digest: string
  }
  const model = bytes.subarray(end + 1)
  return model.length === length && digestOf(model, about) === digest
    ? { ...about, model }
    : undefined
}

function digestOf(model: Uint8Array, about: Omit<FinishedProgram, 'model'>): string {
  return createHash('sha256').update(JSON.stringify(about)).update(model).digest('hex')
}

/** Removes what was not used for longest until the rest is so small, and what killed processes have left, as far as it may. */
function makeRoom(folder: string, largest: number): void {
  try {
    removeBeyond(folder, largest)
  } catch {
    // There is no such folder yet, or it is somebody else's.
  }
}

function removeBeyond(folder: string, largest: number): void {
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(SUFFIX) || name.endsWith(PART))
    .flatMap((name) => {
      const path = join(folder, name)
      // Another process may remove files as well.
      const found = statSync(path, { throwIfNoEntry: false })
      return found === undefined ? [] : [{ path, bytes: found.size, used: found.mtimeMs }]
    })
    .sort((a, b) => b.used - a.used)
  let bytes = 0
  for (const [index, file] of files.entries()) {
    bytes += file.bytes
    const isStale = file.path.endsWith(PART) && Date.now() - file.used > STALE_MS
    if (bytes > largest || index >= MOST_FILES || isStale) rmSync(file.path, { force: true })
  }
}

/** So that it is known to be in use. */
function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date())
  } catch {
    // Somebody else's, which can only be read.
  }
}
