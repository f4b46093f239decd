import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { readManifest } from './manifest.js'

/**
 * Copies files of other packages into a package, which then need not be installed with it: its package.json says which, by folder.
 *
 *     "copied": { "dist/ort": ["onnxruntime-web/dist/ort.wasm.min.mjs"] }
 *
 * @param {string} folder the package.
 * @returns {string[]} what was written, as paths below the package.
 */
export function copyFiles(folder) {
  /** @type {{ copied?: Record<string, string[]> }} */
  const { copied = {} } = readManifest(folder)
  return Object.entries(copied).flatMap(([to, files]) => {
    mkdirSync(join(folder, to), { recursive: true })
    return files.map((file) => {
      const path = `${to}/${basename(file)}`
      copyFileSync(pathOf(file, folder), join(folder, path))
      return path
    })
  })
}

/**
 * Where a file of an installed package lies; its exports may not name it.
 *
 * @param {string} file
 * @param {string} folder of the package that asks for it.
 */
function pathOf(file, folder) {
  const [name = '', ...rest] = file.split('/')
  const parts = name.startsWith('@') ? [`${name}/${rest[0]}`, ...rest.slice(1)] : [name, ...rest]
  const folders = createRequire(join(folder, 'package.json')).resolve.paths(parts[0] ?? '') ?? []
  for (const each of folders) {
    const path = join(each, ...parts)
    try {
      readFileSync(path)
      return path
    } catch {
      // In one of the folders above, then.
    }
  }
  throw new Error(`${folder}: ${file} must be installed`)
}
