import { posix } from 'node:path'
import { judgeLines } from './workspace.js'

/** A package uses only packages of rows above its own. */
const ROWS = [
  ['errors'],
  ['graph', 'plugins', 'test-support'],
  ['core'],
  ['experiment'],
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
    const code = item.files.filter(({ path }) => /\.(ts|js)$/.test(path))
    return [...declared(item), ...code.flatMap((file) => imported(item, file))]
  })
}

/**
 * @param {import('./workspace.js').Package} item
 * @returns {import('./workspace.js').Problem[]}
 */
function declared({ name, folder, manifest }) {
  const path = `${folder}/package.json`
  const used = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })
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
function imported({ name, folder }, file) {
  const inSource = file.path.startsWith(`${folder}/src/`)
  return judgeLines(file, (line) => {
    const specifier = importOf(line)
    if (specifier === undefined) return undefined
    if (specifier.startsWith('.')) {
      const target = posix.join(posix.dirname(file.path), specifier)
      return target.startsWith(`${folder}/`)
        ? undefined
        : 'a relative import must stay in its package'
    }
    const [other] = ownNames([specifier])
    if (other === undefined) return undefined
    if (/^@ashlar\/[^/]+\/(src|dist)\b/.test(specifier)) {
      return 'another package is imported through its exports, not its files'
    }
    return inSource && rowOf(other) >= rowOf(name) && other !== name
      ? `${name} must not import ${other}`
      : undefined
  })
}

/**
 * What a line imports.
 *
 * @param {string} line
 */
export function importOf(line) {
  if (/^\s*(\/\/|\*|\/\*)/.test(line)) return undefined
  return line.match(/(?:^\s*import|\bfrom|\bimport\(|\bresolve\()\s*['"]([^'"]+)['"]/)?.[1]
}

/** @param {string[]} specifiers */
function ownNames(specifiers) {
  return specifiers.flatMap((specifier) => specifier.match(/^@ashlar\/([^/]+)/)?.[1] ?? [])
}

/** @param {string} name */
function rowOf(name) {
  return ROWS.findIndex((row) => row.includes(name))
}
