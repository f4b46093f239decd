import { posix } from 'node:path'
import { isRelative } from './imports.js'
import { CODE, specifiersOf } from './specifiers.js'

/** What an import may leave out. */
const ENDINGS = ['.ts', '.tsx', '.mts', '.cts', '.js', '.jsx', '.mjs', '.cjs']

/**
 * No file imports itself by way of others, types included: a circle is one thought in several files, or an arrow that points the wrong way. Folders neither: what
 * lies side by side in a folder, files and folders alike, points one way, so that each can be understood without what builds on it.
 *
 * @param {import('./workspace.js').Workspace} workspace
 * @returns {import('./workspace.js').Problem[]}
 */
export function importCircles({ packages }) {
  return packages.flatMap(({ folder, files }) => {
    const source = `${folder}/src/`
    const sources = files.filter(({ path }) => path.startsWith(source) && CODE.test(path))
    const known = new Set(sources.map(({ path }) => path))
    /** @type {Map<string, string[]>} */
    const imports = new Map(sources.map((file) => [file.path, importsOf(file, known)]))
    const circles = circlesOf(imports)
    if (circles.length > 0) {
      return circles.map((circle) => ({
        path: /** @type {string} */ (circle[0]),
        text: `files must not import one another in a circle: ${shown(circle, source)}`,
      }))
    }
    return [...neighbours(imports).values()].flatMap((arrows) => {
      const graph = new Map([...arrows].map(([from, to]) => [from, [...to.keys()]]))
      return circlesOf(graph).map((circle) => {
        const [first, second] = /** @type {[string, string]} */ ([...circle, circle[0]])
        const text = `what lies in one folder must not import one another in a circle: ${shown(circle, source)}`
        return { path: /** @type {string} */ (arrows.get(first)?.get(second)), text }
      })
    })
  })
}

/**
 * @param {readonly string[]} circle
 * @param {string} source
 */
function shown(circle, source) {
  return [...circle, circle[0]]
    .map((path) => /** @type {string} */ (path).slice(source.length))
    .join(' -> ')
}

/**
 * @param {import('./workspace.js').SourceFile} file
 * @param {ReadonlySet<string>} known
 * @returns {string[]} those of the known files that it imports.
 */
function importsOf(file, known) {
  return specifiersOf(file).flatMap(({ text, use }) => {
    if (use !== 'import' || !isRelative(text)) return []
    const target = posix.join(posix.dirname(file.path), text)
    return candidates(target).find((path) => known.has(path)) ?? []
  })
}

/**
 * The files that a path may mean: itself, the source of a compiled one, and what a compiler would add.
 *
 * @param {string} path
 */
function candidates(path) {
  const stem = path.replace(/\/$/, '')
  const added = ENDINGS.flatMap((ending) => [`${stem}${ending}`, `${stem}/index${ending}`])
  const source = path.replace(/\.([cm]?)js(x?)$/, '.$1ts$2')
  return [path, source, source.replace(/\.ts$/, '.tsx'), ...added]
}

/**
 * For each folder, what of its files and folders imports which others of them, with a file that does so.
 *
 * @param {ReadonlyMap<string, readonly string[]>} imports
 * @returns {Map<string, Map<string, Map<string, string>>>}
 */
function neighbours(imports) {
  /** @type {Map<string, Map<string, Map<string, string>>>} */
  const folders = new Map()
  for (const [path, targets] of imports) {
    const from = path.split('/')
    for (const target of targets) {
      const to = target.split('/')
      const depth = from.findIndex((part, index) => part !== to[index])
      const place = from.slice(0, depth).join('/')
      const [mine, other] = [from, to].map((parts) => parts.slice(0, depth + 1).join('/'))
      const arrows = entry(folders, place, () => new Map())
      const files = entry(arrows, /** @type {string} */ (mine), () => new Map())
      entry(files, /** @type {string} */ (other), () => path)
    }
  }
  return folders
}

/**
 * What a map has under a key; made when it is not there.
 *
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function entry(map, key, make) {
  const value = map.get(key) ?? make()
  map.set(key, value)
  return value
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
 * The shortest way from a file or folder to itself.
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
