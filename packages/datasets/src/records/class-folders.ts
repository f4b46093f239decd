import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../files/read-file.ts'
import { isLeftBehind } from '../images/list-images.ts'
import { type SplitName, splitNamed, splitNames } from '../splits/split-names.ts'

/** Folders with a sub folder for each class, and what each is for. */
export interface ClassFolders {
  readonly folders: readonly string[]
  readonly splits: readonly SplitName[]
}

/** What the options say. */
export interface GivenFolders {
  readonly folder: string
  readonly validation?: string | undefined
  readonly test?: string | undefined
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

/** The folders that hold classes: those that are given, or where a folder holds nothing but `train`, `validation` and `test`, as Keras and Hugging Face have it, these. All paths are absolute. Whoever looks at such a folder asks here, so that all know the same names. */
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

/**
 * A class may be called `train` as well: it holds pictures. Where `train` holds folders, these are the classes.
 *
 * @throws DataError where something is beside it that is no part.
 */
function partsIn(folder: string): Partial<Readonly<Record<SplitName, string>>> {
  const found = foldersIn(folder).map((name) => ({ name, split: splitNamed(name) }))
  const isParted = (name: string) => foldersIn(join(folder, name)).length > 0
  if (!found.some(({ name, split }) => split === 'train' && isParted(name))) return {}
  const parts: Partial<Record<SplitName, string>> = {}
  for (const { name, split } of found) {
    if (split === undefined || parts[split] !== undefined || !isParted(name)) {
      throw new DataError({
        where: join(folder, name),
        expected: `beside folders to train with must lie nothing but one to validate with and one to test with, each with a folder for each class (${Object.keys(splitNames).join(', ')})`,
        hint: 'Move it elsewhere, or say which folders are meant: folder, validationFolder, test.',
      })
    }
    parts[split] = join(folder, name)
  }
  return parts
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
