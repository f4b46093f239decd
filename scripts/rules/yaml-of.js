import { parse } from 'yaml'

/** @type {WeakMap<import('./workspace.js').SourceFile, any>} */
const read = new WeakMap()

/**
 * What a file of YAML says: read once for all rules, as the lockfile takes a third of a second.
 *
 * @param {import('./workspace.js').SourceFile} file
 * @returns {any} nobody's to change.
 */
export function yamlOf(file) {
  if (!read.has(file)) read.set(file, parse(file.text))
  return read.get(file)
}
