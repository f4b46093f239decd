import { posix } from 'node:path'
import { importOf } from './imports.js'

/**
 * No file imports itself by way of others, types included: a circle is one thought in several files, or an arrow that points the wrong way.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function importCircles({ packages }) {
  return packages.flatMap(({ folder, files }) => {
    const sources = files.filter(
      ({ path }) => path.startsWith(`${folder}/src/`) && /\.(ts|js)$/.test(path),
    )
    const known = new Set(sources.map(({ path }) => path))
    /** @type {Map<string, string[]>} */
    const imports = new Map(
      sources.map((file) => [file.path, importsOf(file).filter((path) => known.has(path))]),
    )
    return circlesOf(imports).map((circle) => ({
      path: /** @type {string} */ (circle[0]),
      text: `files must not import one another in a circle: ${[...circle, circle[0]]
        .map((path) => /** @type {string} */ (path).slice(`${folder}/src/`.length))
        .join(' -> ')}`,
    }))
  })
}

/** @param {import('./workspace.js').SourceFile} file */
function importsOf({ path, text }) {
  return text.split('\n').flatMap((line) => {
    const specifier = importOf(line)
    return specifier?.startsWith('.') ? [posix.join(posix.dirname(path), specifier)] : []
  })
}

/**
 * A circle through each file that lies on one that no circle found before goes through.
 *
 * @param {Map<string, string[]>} imports
 * @returns {string[][]}
 */
function circlesOf(imports) {
  /** @type {string[][]} */
  const circles = []
  const reported = new Set()
  for (const start of [...imports.keys()].sort()) {
    if (reported.has(start)) continue
    const circle = wayBack(start, imports)
    if (circle === undefined) continue
    circles.push(circle)
    for (const path of circle) reported.add(path)
  }
  return circles
}

/**
 * The shortest way from a file to itself.
 *
 * @param {string} start
 * @param {Map<string, string[]>} imports
 * @returns {string[] | undefined}
 */
function wayBack(start, imports) {
  /** @type {Map<string, string[]>} */
  const ways = new Map([[start, [start]]])
  for (const [path, way] of ways) {
    for (const next of imports.get(path) ?? []) {
      if (next === start) return way
      if (!ways.has(next)) ways.set(next, [...way, next])
    }
  }
  return undefined
}
