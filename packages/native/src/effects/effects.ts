import { createWriteStream } from 'node:fs'
import { mkdir, statfs } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { type RunCommand, runCommand } from './run-command.ts'

/** Everything that an install does outside of this process's memory, so that tests can stand in for each. */
export interface Effects {
  /** Runs a program: pip, npm, the compiler, a Node that probes the binding. */
  readonly run: RunCommand
  readonly fetch: typeof globalThis.fetch
  /** Bytes that may still be written on the disk of a folder; the folder is made when it is missing. */
  readonly freeBytes: (folder: string) => Promise<number>
  /** Opens a new file for a large download or an unpacked library. */
  readonly createWriteStream: (path: string) => Writable
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The real ones. */
export function systemEffects(): Effects {
  return {
    run: runCommand,
    fetch: globalThis.fetch,
    freeBytes: async (folder) => {
      await mkdir(folder, { recursive: true })
      const { bavail, bsize } = await statfs(folder)
      return bavail * bsize
    },
    createWriteStream: (path) => createWriteStream(path, { flags: 'wx' }),
    env: process.env,
  }
}
