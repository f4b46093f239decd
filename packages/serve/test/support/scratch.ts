import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A folder for a test. */
export interface Scratch {
  readonly path: string
  /** Writes a file and the folders that it needs; returns its path. */
  write(name: string, contents: string | Uint8Array): string
  remove(): void
}

/** Makes a folder outside of the workspace. */
export function scratch(): Scratch {
  const path = mkdtempSync(join(tmpdir(), 'ashlar-serve-'))
  return {
    path,
    write(name, contents) {
      const file = join(path, name)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, contents)
      return file
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
