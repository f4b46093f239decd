import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A package's package.json.
 *
 * @param {string} folder
 */
export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}
