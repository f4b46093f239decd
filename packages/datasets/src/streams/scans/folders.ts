import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import type { LeftOut } from '@ashlar/core'
import { shuffledIndices } from '@ashlar/core/shuffle'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../../files/read-file.ts'
import { isLeftBehind } from '../../images/list-images.ts'
import { fieldIn } from '../field-in.ts'
import { gathered, gatherersOf } from '../gather-columns.ts'
import { type FoldersPlan, openFolders, pathInFolders } from '../stores/folders.ts'
import { packTexts, sharedUint8 } from '../texts.ts'
import { hashFile } from './hash-file.ts'
import type { Scanned, ScanRequest } from './scan.ts'

interface FoldersOptions {
  readonly fields: readonly string[]
  /** `[splits, fields]`, absolute. */
  readonly roots: readonly string[]
  /** What the names of a field's files have behind what all fields of a sample share, such as `_mask`. */
  readonly suffixes: Readonly<Record<string, string>>
  readonly unmatched: 'refuse' | 'skip'
}

/** Links that lead in circles would be followed without end. */
const MOST_DEPTH = 32

/** Finds the samples of folders that go side by side: files with one path up to their ending, in a mixed order that is always the same. */
export function scanFolders({ columns, options }: ScanRequest): Scanned {
  const { fields, roots, suffixes, unmatched } = options as unknown as FoldersOptions
  const hash = createHash('sha256')
  const names: string[] = []
  const splitOf: number[] = []
  const perFile: number[] = []
  const leftOut: LeftOut[] = []
  for (let split = 0; split * fields.length < roots.length; split++) {
    const own = roots.slice(split * fields.length, (split + 1) * fields.length)
    const found = own.map((root, at) => filesBy(root, suffixes[fields[at]!] ?? ''))
    const { whole: keys, odd } = matching(found, { fields, roots: own, unmatched })
    for (const each of odd) leftOut.push(each)
    // Seed 0 whatever the experiment's: the order belongs to the data.
    for (const at of shuffledIndices(keys.length, 0, 'folders')) {
      for (const files of found) names.push(files.get(keys[at]!)!)
      splitOf.push(split)
    }
    perFile.push(keys.length)
  }
  const store: FoldersPlan = {
    ...{ kind: 'folders', fields, roots },
    ...{ splitOf: sharedUint8(splitOf), names: packTexts(names) },
  }
  const gatherers = gatherersOf(columns, options)
  const opened = openFolders(store)
  for (const row of splitOf.keys()) {
    for (const at of fields.keys()) hashFile(hash, pathInFolders(store, row, at))
    const where = opened.where(row)
    const record = columns.length > 0 ? opened.get(row) : undefined
    for (const [each, { field, measure }] of columns.entries()) {
      const value = fieldIn(record, field, where)
      const isText = value instanceof Uint8Array && measure === undefined
      gatherers[each]!.add(isText ? Buffer.from(value).toString().trim() : value, where)
    }
  }
  return {
    length: splitOf.length,
    store,
    columns: gathered(columns, gatherers),
    perFile,
    ...(leftOut.length > 0 && { leftOut }),
    digest: hash.digest('hex'),
  }
}

/** The files of a folder and those within, as paths from there, by what they share with those of other fields. */
function filesBy(root: string, suffix: string): Map<string, string> {
  const found = new Map<string, string>()
  const visit = (folder: string, depth: number): void => {
    let entries: string[]
    try {
      entries = readdirSync(join(root, folder)).sort()
    } catch (cause) {
      throw unreadable(join(root, folder), cause)
    }
    for (const name of entries) {
      if (isLeftBehind(name)) continue
      const path = join(folder, name)
      let stat: ReturnType<typeof statSync>
      try {
        stat = statSync(join(root, path))
      } catch (cause) {
        throw unreadable(join(root, path), cause)
      }
      if (stat.isDirectory() && depth < MOST_DEPTH) visit(path, depth + 1)
      if (stat.isFile()) add(path)
    }
  }
  const add = (path: string) => {
    const stem = path.slice(0, path.length - extname(path).length)
    if (!stem.endsWith(suffix)) return
    const key = stem
      .slice(0, stem.length - suffix.length)
      .split(sep)
      .join('/')
      .normalize()
    const other = found.get(key)
    if (other !== undefined) {
      throw new DataError({
        where: join(root, path),
        expected: `must differ from ${other} in more than its ending: both would be one field of a sample`,
        hint: 'Move one of them elsewhere.',
      })
    }
    found.set(key, path)
  }
  visit('', 0)
  return found
}

/** What all fields have, by path without ending, and the files that lack a partner. */
function matching(
  found: readonly ReadonlyMap<string, string>[],
  { fields, roots, unmatched }: Pick<FoldersOptions, 'fields' | 'roots' | 'unmatched'>,
): { readonly whole: readonly string[]; readonly odd: readonly LeftOut[] } {
  const keys = [...new Set(found.flatMap((files) => [...files.keys()]))].sort()
  const whole: string[] = []
  const odd: LeftOut[] = []
  for (const key of keys) {
    const missing = found.findIndex((files) => !files.has(key))
    if (missing === -1) {
      whole.push(key)
      continue
    }
    const reason = `there must be a file of the same name in ${roots[missing]}, for the field ${JSON.stringify(fields[missing])}`
    for (const [at, files] of found.entries()) {
      const file = files.get(key)
      if (file === undefined) continue
      const where = join(roots[at]!, file)
      if (unmatched === 'skip') odd.push({ where, reason })
      else {
        throw new DataError({
          where,
          expected: reason,
          hint: 'Names are the same up to their ending; `suffixes` says what else they have. With `unmatched: skip` such files are left out.',
        })
      }
    }
  }
  if (whole.length > 0) return { whole, odd }
  throw new DataError({
    where: roots[0]!,
    expected: `must hold files that have the same names in the other folders, up to their endings: ${roots.slice(1).join(', ') || 'it holds none'}`,
  })
}
