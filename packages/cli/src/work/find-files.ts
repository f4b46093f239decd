import { readdir, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { ConfigError, DataError } from '@ashlar/errors'
import { isFile } from './is-file.ts'

/** What file managers and archives leave in folders. */
const LEFT_BEHIND = /^(\..*|__MACOSX)$/

/**
 * The files that arguments name: files as they are, folders with all that is in them and ends as it should, and patterns (`*`, `?`, `[ab]`, `{a,b}`, and
 * `**` for folders), which a shell may have left alone.
 *
 * @param extensions in lower case; for folders and patterns.
 * @throws DataError for a path where there is nothing, or nothing that ends so.
 */
export async function findFiles(
  named: readonly string[],
  extensions: readonly string[],
): Promise<string[]> {
  const found: string[] = []
  for (const each of named) found.push(...(await filesOf(each, extensions)))
  return [...new Set(found)]
}

async function filesOf(named: string, extensions: readonly string[]): Promise<string[]> {
  if (await isFile(named)) return [named]
  const isFolder = (await stat(named).catch(() => undefined))?.isDirectory() ?? false
  if (!isFolder && !/[*?[{]/.test(named)) {
    throw new DataError({
      where: named,
      expected: 'must be a file, a folder or a pattern',
      hint: 'There is nothing at this path.',
    })
  }
  const start = isFolder ? named : rootOf(named)
  const pattern = isFolder ? undefined : patternOf(named)
  const files = (await walk(start)).filter(
    (path) =>
      extensions.includes(extname(path).toLowerCase()) &&
      (pattern === undefined || pattern.test(path.split(sep).join('/'))),
  )
  if (files.length > 0) return files
  throw new DataError({
    where: named,
    expected: `must ${isFolder ? 'hold' : 'fit'} a file that ends in ${extensions.join(', ')}`,
  })
}

/** All files below a folder, by name. */
async function walk(folder: string): Promise<string[]> {
  const entries = await readdir(folder === '' ? '.' : folder, { withFileTypes: true }).catch(
    () => [],
  )
  const sorted = entries
    .filter(({ name }) => !LEFT_BEHIND.test(name))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
  const all = await Promise.all(
    sorted.map(async (entry) => {
      const path = folder === '' ? entry.name : join(folder, entry.name)
      if (entry.isDirectory()) return walk(path)
      return entry.isFile() || (await isFile(path)) ? [path] : []
    }),
  )
  return all.flat()
}

/** The folder before the first part that is a pattern. */
function rootOf(pattern: string): string {
  const parts = pattern.split('/')
  const first = parts.findIndex((part) => /[*?[{]/.test(part))
  const before = parts.slice(0, first).join('/')
  return pattern.startsWith('/') && before === '' ? '/' : before
}

/** A pattern as a regular expression over paths with slashes. */
function patternOf(pattern: string): RegExp {
  let text = ''
  let depth = 0
  const plain = pattern.replace(/^\.\//, '')
  for (let at = 0; at < plain.length; at++) {
    const sign = plain[at]!
    const isDeep = plain.startsWith('**/', at)
    if (isDeep) at += 2
    else if (plain.startsWith('**', at)) at += 1
    if (isDeep) text += '(?:[^/]+/)*'
    else if (plain.startsWith('**', at - 1) && sign === '*') text += '.*'
    else if (sign === '*') text += '[^/]*'
    else if (sign === '?') text += '[^/]'
    else if (sign === '[') {
      const end = plain.indexOf(']', at + 2)
      if (end === -1) throw unreadable(pattern)
      const inside = plain
        .slice(at + 1, end)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\')
      text += `[${inside}]`
      at = end
    } else if (sign === '{') {
      depth++
      text += '(?:'
    } else if (sign === '}' && depth > 0) {
      depth--
      text += ')'
    } else if (sign === ',' && depth > 0) text += '|'
    else text += sign.replace(/[.+^$()|\\\]}]/g, '\\$&')
  }
  if (depth > 0) throw unreadable(pattern)
  return new RegExp(`^(?:\\./)?${text}$`, 'u')
}

function unreadable(pattern: string): ConfigError {
  return new ConfigError({
    where: pattern,
    expected: 'a bracket of a pattern must be closed',
  })
}
