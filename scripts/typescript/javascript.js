import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { FOLDER, keep } from './kept.js'

const require = createRequire(import.meta.url)
const { version } = require('@swc/wasm-typescript/package.json')

/**
 * A module's text with blanks where its types were.
 *
 * @param {string} text
 * @param {string} path names the module in errors.
 * @param {string} folder keeps what was made before.
 * @returns {string}
 * @throws Error for text that is no TypeScript, or has more than types to be taken away: enums, namespaces, parameter properties.
 */
export function javascriptOf(text, path, folder = FOLDER) {
  const digest = createHash('sha256').update(version).update('\0').update(text).digest('hex')
  const kept = join(folder, `${digest}.js`)
  try {
    return readFileSync(kept, 'utf8')
  } catch {
    // Not made yet.
  }
  const code = strip(text, path)
  keep(folder, kept, code)
  return code
}

/**
 * @param {string} text
 * @param {string} path
 * @returns {string}
 */
function strip(text, path) {
  // 40 ms to load, which most processes need not spend.
  const { transformSync } = /** @type {typeof import('@swc/wasm-typescript')} */ (
    require('@swc/wasm-typescript')
  )
  try {
    return transformSync(text, { mode: 'strip-only', module: true, filename: path }).code
  } catch (error) {
    const { message } = /** @type {{ message?: string }} */ (error)
    throw new SyntaxError(`${path}: ${message ?? error}`, { cause: error })
  }
}
