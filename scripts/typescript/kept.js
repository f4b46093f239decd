import { randomBytes } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where it is kept what became of a text, by its digest: installed packages are removed and made anew in one place. */
export const FOLDER = fileURLToPath(
  new URL('../../node_modules/.cache/typescript', import.meta.url),
)

/**
 * Keeps a text, whole or not at all. Where nothing can be written the next process makes it again.
 *
 * @param {string} folder
 * @param {string} path in it.
 * @param {string} text
 */
export function keep(folder, path, text) {
  const beside = `${path}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`
  try {
    mkdirSync(folder, { recursive: true })
  } catch {
    return
  }
  try {
    writeFileSync(beside, text)
    renameSync(beside, path)
  } catch {
    rmSync(beside, { force: true })
  }
}
