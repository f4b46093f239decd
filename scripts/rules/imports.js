import { posix } from 'node:path'
import { CODE, specifiersOf } from './specifiers.js'

/** A package uses only packages of rows above its own. */
const ROWS = [
  ['errors', 'onnx-proto', 'onnxruntime', 'tfjs'],
  ['graph', 'plugins', 'test-support'],
  ['core'],
  ['experiment'],
  ['ui'],
  ['blocks', 'datasets', 'export', 'native', 'page', 'report', 'track'],
  ['import', 'sweep'],
  ['serve'],
  ['cli'],
  ['bench', 'conformance', 'docs', 'e2e', 'examples'],
]

/**
 * Packages meet through their exports alone, and point one way.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function importDirections({ packages }) {
  return packages.flatMap((item) => {
    if (rowOf(item.name) === -1) {
      const text = `the package must have its place in the rows of scripts/rules/imports.js`
      return [{ path: `${item.folder}/package.json`, text }]
    }
    const code = item.files.filter(({ path }) => CODE.test(path))
    return [...declared(item), ...code.flatMap((file) => imported(item, file))]
  })
}

/**
 * @param {import('./workspace.js').Package} item
 * @returns {import('./workspace.js').Problem[]}
 */
function declared({ name, folder, manifest }) {
  const path = `${folder}/package.json`
  const { dependencies, peerDependencies, optionalDependencies } = manifest
  const used = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies })
  const forTests = Object.keys(manifest.devDependencies ?? {})
  return [
    ...ownNames(used).filter((other) => rowOf(other) >= rowOf(name)),
    // Tests may look at a neighbour, never at what is built on the package.
    ...ownNames(forTests).filter((other) => rowOf(other) > rowOf(name)),
  ].map((other) => ({ path, text: `${name} must not depend on ${other}` }))
}

/**
 * @param {import('./workspace.js').Package} item
 * @param {import('./workspace.js').SourceFile} file
 * @returns {import('./workspace.js').Problem[]}
 */
function imported(item, file) {
  const { path } = file
  return specifiersOf(file).flatMap((specifier) => {
    const text = judge(item, path, specifier)
    return text === undefined ? [] : { path, line: specifier.line, text }
  })
}

/**
 * @param {import('./workspace.js').Package} item
 * @param {string} path
 * @param {import('./specifiers.js').Specifier} specifier
 * @returns {string | undefined} what must be otherwise.
 */
function judge(item, path, { text, use, whole }) {
  const { name, folder } = item
  const inSource = path.startsWith(`${folder}/src/`)
  if (inSource && use === 'import' && !whole) {
    return 'what is imported must be written out, or nobody can tell where it leads'
  }
  if (isRelative(text) || use === 'file') {
    return judgeRelative(item, path, { text, use, whole })
  }
  const [other] = ownNames([text])
  if (other === undefined) return undefined
  if (other === name) {
    return inSource && use === 'import'
      ? 'a package imports its own files by their relative paths'
      : undefined
  }
  if (/^@ashlar\/[^/]+\/(src|dist)\b/.test(text)) {
    return 'another package is imported through its exports, not its files'
  }
  return inSource && rowOf(other) >= rowOf(name) ? `${name} must not import ${other}` : undefined
}

/**
 * @param {import('./workspace.js').Package} item
 * @param {string} path
 * @param {Pick<import('./specifiers.js').Specifier, 'text' | 'use' | 'whole'>} specifier
 * @returns {string | undefined} what must be otherwise.
 */
function judgeRelative({ name, folder, manifest }, path, { text, use, whole }) {
  // An address, or a path of this machine.
  if (/^([a-z][a-z\d+.-]*:|\/)/i.test(text)) return undefined
  const target = posix.join(posix.dirname(path), text)
  const inSource = path.startsWith(`${folder}/src/`)
  const leaves = target !== folder && !target.startsWith(`${folder}/`)
  if (leaves && use === 'file') {
    // A program that is not shipped, or a test, may start those that it is built on.
    const other = /^packages\/([^/]+)(\/|$)/.exec(target)?.[1]
    if (other === undefined) return undefined
    const isBeyond = inSource ? rowOf(other) >= rowOf(name) : rowOf(other) > rowOf(name)
    if (isBeyond) return `${name} must not use files of ${other}`
    const isShipped = inSource && !manifest.private
    return isShipped ? 'another package is imported through its exports, not its files' : undefined
  }
  if (leaves) return 'a relative import must stay in its package'
  const isCode = !whole || CODE.test(target) || !/\.\w+$/.test(target)
  return inSource && use === 'import' && isCode && !target.startsWith(`${folder}/src/`)
    ? 'what is shipped must not import what lies outside of src'
    : undefined
}

/**
 * Whether a specifier begins where the file lies.
 *
 * @param {string} specifier
 */
export function isRelative(specifier) {
  return /^\.{1,2}(\/|$)/.test(specifier)
}

/** @param {string[]} specifiers */
function ownNames(specifiers) {
  return specifiers.flatMap((specifier) => specifier.match(/^@ashlar\/([^/]+)/)?.[1] ?? [])
}

/** @param {string} name */
function rowOf(name) {
  return ROWS.findIndex((row) => row.includes(name))
}
