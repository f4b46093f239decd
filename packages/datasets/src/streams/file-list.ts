import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../files/read-file.ts'

/** A file, and whether its own path was given rather than a folder or a pattern. */
export interface FoundFile {
  readonly path: string
  readonly isNamed: boolean
}

/**
 * The files that paths stand for: a file; a folder, for all its files of these endings; a name with `*` for any characters, or `{000..010}` for a range of numbers.
 *
 * @param folder where relative paths start.
 * @param endings in lower case, with their dots.
 * @returns absolute, each once; those of one path sorted by name.
 * @throws DataError for a path without a file.
 */
export function findFiles(
  folder: string,
  paths: string | readonly string[],
  endings: readonly string[],
): FoundFile[] {
  const found = new Map<string, boolean>()
  for (const path of [paths].flat()) {
    for (const each of filesAt(folder, path, endings)) {
      found.set(each.path, each.isNamed || found.get(each.path) === true)
    }
  }
  return [...found].map(([path, isNamed]) => ({ path, isNamed }))
}

function filesAt(folder: string, path: string, endings: readonly string[]): FoundFile[] {
  const files = rangesOf(path).flatMap((each) => filesOf(resolve(folder, each), endings))
  if (files.length > 0) return files
  throw new DataError({
    where: resolve(folder, path),
    expected: `there must be a file: one that is named, in a folder (${endings.join(', ')}), or by * or {00..10}`,
  })
}

function filesOf(path: string, endings: readonly string[]): FoundFile[] {
  if (basename(path).includes('*')) {
    const pattern = new RegExp(
      `^${basename(path)
        .split('*')
        .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
        .join('.*')}$`,
    )
    return namesIn(dirname(path))
      .filter((name) => pattern.test(name) && !name.startsWith('.'))
      .map((name) => ({ path: join(dirname(path), name), isNamed: false }))
  }
  let isFolder: boolean
  try {
    isFolder = statSync(path).isDirectory()
  } catch (cause) {
    throw unreadable(path, cause)
  }
  if (!isFolder) return [{ path, isNamed: true }]
  return namesIn(path)
    .filter((name) => isFoundBy(endings, name))
    .map((name) => ({ path: join(path, name), isNamed: false }))
}

/** Whether a file is one of those that its folder stands for. */
export function isFoundBy(endings: readonly string[], name: string): boolean {
  return !name.startsWith('.') && endings.some((ending) => name.toLowerCase().endsWith(ending))
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}

/** `a-{08..10}.tar` as `a-08.tar`, `a-09.tar`, `a-10.tar`. */
function rangesOf(path: string): string[] {
  const range = /\{(\d+)\.\.(\d+)\}/.exec(path)
  if (range === null) return [path]
  const [whole, from, to] = range as unknown as [string, string, string]
  const count = Math.max(0, Number(to) - Number(from) + 1)
  return Array.from({ length: count }, (_, at) =>
    path.replace(whole, String(Number(from) + at).padStart(from.length, '0')),
  ).flatMap(rangesOf)
}
