import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { syncFolderNow } from '@ashlar/core/files'
import { DataError } from '@ashlar/errors'
import { reasonOf } from './read-file.ts'

const SUFFIX = '.part'
const STALE_MS = 60 * 60 * 1000

/**
 * Writes a file so that it is there whole or not at all: beside its place first, then renamed. Makes its folder. It waits, as a dataset that writes its own files must know its
 * columns before anything runs.
 *
 * @throws DataError when it cannot be written; nothing is left behind then.
 */
export function writeBeside(path: string, bytes: Uint8Array): void {
  const file = new FileBeside(path)
  file.put(bytes)
  file.keep()
}

/**
 * The same of a file that comes in parts: `put` each, then `keep`; or `drop`, whatever has been done before. Whatever cannot be written drops it.
 *
 * @throws DataError when it cannot be written.
 */
export class FileBeside {
  readonly #path: string
  readonly #part: string
  #file: number | undefined

  constructor(path: string) {
    this.#path = path
    this.#part = `${path}.${randomUUID()}${SUFFIX}`
    this.#orDrop(() => {
      mkdirSync(dirname(path), { recursive: true })
      removeStaleParts(path)
      this.#file = openSync(this.#part, 'wx')
    })
  }

  put(bytes: Uint8Array): void {
    this.#orDrop(() => {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#file!, bytes, done)
      }
    })
  }

  /** Its place is taken by what was put, which is on the disk by then: a name must not be there before its contents. */
  keep(): void {
    this.#orDrop(() => {
      fsyncSync(this.#file!)
      this.#close()
      renameSync(this.#part, this.#path)
      syncFolderNow(dirname(this.#path))
    })
  }

  /** Leaves nothing of a file that was not kept. */
  drop(): void {
    // Where the folder itself could not be made there is nothing to remove, and the first error is the one to show.
    try {
      this.#close()
      rmSync(this.#part, { force: true })
    } catch {}
  }

  #close(): void {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) closeSync(file)
  }

  #orDrop(action: () => void): void {
    try {
      action()
    } catch (cause) {
      this.drop()
      throw new DataError({
        where: this.#path,
        expected: `must be writable (${reasonOf(cause)})`,
        hint: 'Make room or allow writing there, or set ASHLAR_HOME to another folder.',
        cause,
      })
    }
  }
}

/** A process that was killed while it wrote could not remove its part; the next writer does, of the same file and of what lies beside it by its name. */
function removeStaleParts(path: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(`${basename(path)}.`) || !name.endsWith(SUFFIX)) continue
    const part = join(folder, name)
    // Somebody else may have removed it meanwhile.
    const found = statSync(part, { throwIfNoEntry: false })
    if (found !== undefined && Date.now() - found.mtimeMs > STALE_MS) rmSync(part, { force: true })
  }
}
