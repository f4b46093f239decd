import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** What a file ends in while it is written. */
export const PART: string = '.part'

/**
 * Writes a file that can be made again so that it is there whole or not at all: beside its place first, then renamed. Where it cannot be written, on a full disk or in a folder of somebody else's, nothing is
 * left behind, and later processes take as long as this one.
 */
export function keepFile(path: string, data: string | Uint8Array): void {
  const part = `${path}.${randomUUID()}${PART}`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(part, data)
    renameSync(part, path)
  } catch {
    removeIfThere(part)
  }
}

/** Where the folder is no folder, that cannot be asked for either. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {}
}
