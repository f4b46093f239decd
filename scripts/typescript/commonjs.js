import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FOLDER, keep } from './kept.js'

/** What is large, is imported by nearly every process, and does nothing but define when it is loaded. */
const LARGE = /\/node_modules\/(@tensorflow\/tfjs\/dist\/tf\.node|onnx-proto\/dist\/onnx)\.js$/

/**
 * Whether a module is better imported by {@link wrapperOf}.
 *
 * @param {string} url
 */
export function isLarge(url) {
  return LARGE.test(url)
}

/**
 * An ES module that exports what a CommonJS module does, by the names that it has. Node finds these by reading the text of the module and of all that it exports again,
 * a quarter of a second of CPU time for TensorFlow.js in each process; here they are kept.
 *
 * @param {string} url of the CommonJS module.
 * @param {string} folder keeps the names of a text.
 * @returns {string}
 */
export function wrapperOf(url, folder = FOLDER) {
  const path = fileURLToPath(url)
  const quoted = JSON.stringify(path)
  return [
    `import { createRequire } from 'node:module'`,
    `const all = createRequire(${quoted})(${quoted})`,
    'export default all',
    ...exporting(namesOf(path, folder)),
  ].join('\n')
}

/**
 * Lines that export what `all`, a CommonJS module, has.
 *
 * @param {readonly string[]} names
 */
export function exporting(names) {
  return names
    .filter((name) => name !== 'default')
    .map((name, at) => `const value${at} = all.${name}\nexport { value${at} as ${name} }`)
}

/**
 * The names of a CommonJS module that an ES module can have.
 *
 * @param {string} path of the module, or a name that is found from there.
 * @param {string} from
 */
export function requiredNames(path, from = path) {
  return Object.keys(createRequire(from)(path)).filter((name) => /^[A-Za-z_$][\w$]*$/.test(name))
}

/**
 * @param {string} path
 * @param {string} folder
 * @returns {string[]}
 */
function namesOf(path, folder) {
  // A package's folder has its version and those of its peers in its path.
  const digest = createHash('sha256').update(path).update('\0').update(readFileSync(path))
  const kept = join(folder, `${digest.digest('hex')}.json`)
  try {
    return JSON.parse(readFileSync(kept, 'utf8'))
  } catch {
    // Not found yet.
  }
  const names = requiredNames(path)
  keep(folder, kept, JSON.stringify(names))
  return names
}
