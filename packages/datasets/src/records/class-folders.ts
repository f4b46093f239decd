import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { unreadable } from '../files/read-file.ts'
import { isLeftBehind } from '../images/list-images.ts'
import { type SplitName, splitNamed } from '../splits/split-names.ts'

/** Folders with a sub folder for each class, and what each is for. */
export interface ClassFolders {
  readonly folders: readonly string[]
  readonly splits: readonly SplitName[]
}

/** What the options say. */
export interface GivenFolders {
  readonly folder: string
  readonly validation: string | undefined
  readonly test: string | undefined
}

/** The paths of options that say so. */
export function pathsOf(
  chosen: {
    readonly folder: string
    readonly validationFolder?: string | undefined
    readonly test?: string | undefined
  },
  base: string,
): GivenFolders {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(base, path))
  return {
    folder: resolve(base, chosen.folder),
    validation: at(chosen.validationFolder),
    test: at(chosen.test),
  }
}

/** The folders that hold classes: those that are given, or where a folder holds nothing but `train`, `validation` and `test`, as Keras and Hugging Face have it, these. All paths are absolute. */
export function classFolders({ folder, validation, test }: GivenFolders): ClassFolders {
  const parts = partsIn(folder)
  const all = [
    ['train', parts.train ?? folder],
    ['validation', validation ?? parts.validation],
    ['test', test ?? parts.test],
  ] as const
  const found = all.filter((each): each is [SplitName, string] => each[1] !== undefined)
  return { folders: found.map(([, path]) => path), splits: found.map(([split]) => split) }
}

/** A class may be called `train` as well: parts hold folders themselves, and nothing else is beside them. */
function partsIn(folder: string): Partial<Readonly<Record<SplitName, string>>> {
  const folders = foldersIn(folder)
  const named = folders.map((name) => [splitNamed(name), join(folder, name)] as const)
  const isEach = named.every(([split, path]) => split !== undefined && foldersIn(path).length > 0)
  const splits = new Set(named.map(([split]) => split))
  if (!isEach || !splits.has('train') || splits.size < named.length) return {}
  return Object.fromEntries(named)
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter(
      (name) =>
        !isLeftBehind(name) &&
        statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory(),
    )
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}
