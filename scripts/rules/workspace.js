import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {object} SourceFile
 * @property {string} path from the workspace's folder, with `/`.
 * @property {string} text
 */

/**
 * @typedef {object} Package
 * @property {string} name its folder's name: `graph`.
 * @property {string} folder `packages/graph`.
 * @property {Record<string, any>} manifest its package.json.
 * @property {SourceFile[]} files
 */

/**
 * @typedef {object} Workspace What the rules look at.
 * @property {SourceFile[]} files every file that is ours, packages' included.
 * @property {Package[]} packages
 */

/**
 * @typedef {object} Problem
 * @property {string} path
 * @property {number} [line] counted from 1.
 * @property {string} text what must be otherwise.
 */

/**
 * Reads all files of a workspace that its `.gitignore` does not name.
 *
 * @param {string} root
 * @returns {Workspace}
 */
export function readWorkspace(root) {
  const ignored = ignoreRules(readFileSync(join(root, '.gitignore'), 'utf8'))
  const paths = listFiles(root, '', ignored)
  return workspaceOf(
    Object.fromEntries(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')])),
  )
}

/**
 * A workspace made of texts.
 *
 * @param {Record<string, string>} texts path to content.
 * @returns {Workspace}
 */
export function workspaceOf(texts) {
  const files = Object.entries(texts).map(([path, text]) => ({ path, text }))
  const packages = files.flatMap(({ path, text }) => {
    const [, folder, name] = path.match(/^(packages\/([^/]+)|[^/]+)\/package\.json$/) ?? []
    if (folder === undefined) return []
    return {
      name: name ?? folder,
      folder,
      manifest: JSON.parse(text),
      files: files.filter((file) => file.path.startsWith(`${folder}/`)),
    }
  })
  return { files, packages }
}

/**
 * @param {Problem} problem
 * @returns {string} one line: the place and what is wrong there.
 */
export function describe({ path, line, text }) {
  return `${path}${line === undefined ? '' : `:${line}`}: ${text}`
}

/**
 * The lines of a file that fit a pattern, as problems.
 *
 * @param {SourceFile} file
 * @param {(line: string) => string | undefined} judge gives the problem with a line.
 * @returns {Problem[]}
 */
export function judgeLines({ path, text }, judge) {
  return text.split('\n').flatMap((line, index) => {
    const problem = judge(line)
    return problem === undefined ? [] : { path, line: index + 1, text: problem }
  })
}

/**
 * The three forms that `.gitignore` uses here: `name/` anywhere, `/path/` at the root, and `*.ending`.
 *
 * @param {string} text
 * @returns {(path: string) => boolean}
 */
function ignoreRules(text) {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const roots = lines.filter((line) => line.startsWith('/')).map((line) => line.slice(1))
  const endings = lines.filter((line) => line.startsWith('*')).map((line) => line.slice(1))
  const names = lines.filter((line) => /^[^/*]+\/$/.test(line))
  return (path) =>
    roots.includes(path) ||
    names.some((name) => path === name || path.endsWith(`/${name}`)) ||
    endings.some((ending) => path.endsWith(ending))
}

/**
 * @param {string} root
 * @param {string} folder path from the root, empty or ending in `/`.
 * @param {(path: string) => boolean} ignored takes folders with a `/` at the end.
 * @returns {string[]}
 */
function listFiles(root, folder, ignored) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}${entry.name}${entry.isDirectory() ? '/' : ''}`
    if (path === '.git/' || ignored(path)) return []
    if (entry.isDirectory()) return listFiles(root, path, ignored)
    return entry.isFile() && path !== '.git' ? path : []
  })
}
