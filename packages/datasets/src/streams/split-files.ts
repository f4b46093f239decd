import { readdirSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../files/read-file.ts'
import { type SplitName, splitInName, splitNamed } from '../splits/split-names.ts'
import { type FoundFile, findFiles, isFoundBy } from './file-list.ts'
import type { RecordOptions } from './record-options.ts'

/** The files of each split, in the order in which their records are numbered. */
export interface SplitFiles {
  readonly files: readonly string[]
  readonly splits: readonly SplitName[]
}

/**
 * The files that the options name. Those that are found in a folder or by a pattern are what their names say, or their folders (`train/`, `validation/`, `test/`), where the options do not: no file to test with
 * is trained on because it lies beside the others.
 *
 * @throws DataError for a path without a file, and for files whose names say nothing beside others that do.
 */
export function splitFiles(
  chosen: Pick<RecordOptions, 'files' | 'validationFiles' | 'testFiles'> & {
    readonly splitBy?: string | undefined
  },
  folder: string,
  endings: readonly string[],
): SplitFiles {
  const { files, validationFiles, testFiles, splitBy } = chosen
  const paths = [files].flat().flatMap((path) => partFolders(resolve(folder, path), path, endings))
  const found = findFiles(folder, paths, endings)
  const list = (option: typeof testFiles) =>
    option === undefined ? undefined : findFiles(folder, option, endings).map(({ path }) => path)
  const given = { validation: list(validationFiles), test: list(testFiles) }
  const elsewhere = new Set([...(given.validation ?? []), ...(given.test ?? [])])
  const own = found.filter(({ path, isNamed }) => isNamed || !elsewhere.has(path))
  const parts = splitBy === undefined ? byName(own) : { train: own.map(({ path }) => path) }
  const all: Readonly<Record<SplitName, readonly string[]>> = {
    train: parts.train,
    validation: given.validation ?? parts.validation ?? [],
    test: given.test ?? parts.test ?? [],
  }
  const entries = Object.entries(all) as [SplitName, readonly string[]][]
  return {
    files: entries.flatMap(([, each]) => each),
    splits: entries.flatMap(([split, each]) => each.map(() => split)),
  }
}

type Parts = { readonly train: readonly string[] } & Partial<
  Readonly<Record<SplitName, readonly string[]>>
>

/** Files by what their names say. A file that the options name themselves is trained on, whatever it is called. */
function byName(found: readonly FoundFile[]): Parts {
  const parts = { train: [] as string[], validation: [] as string[], test: [] as string[] }
  const unsaid: string[] = []
  for (const { path, isNamed } of found) {
    const split = isNamed ? 'train' : splitOf(path)
    if (split === undefined) unsaid.push(path)
    else parts[split].push(path)
  }
  const isSaid = found.some(({ path, isNamed }) => !isNamed && splitOf(path) === 'train')
  if (isSaid && unsaid.length > 0) {
    throw new DataError({
      where: unsaid[0]!,
      expected:
        'the name must say train, validation or test, as those of other files beside it do: it is not known what this one is for',
      hint: 'Name the files themselves: `files: [...]`, `testFiles: [...]`.',
    })
  }
  const train = [...parts.train, ...unsaid]
  // Nothing but files to test with: the only ones there are, and somebody names their folder.
  if (train.length === 0) return { train: found.map(({ path }) => path) }
  return { ...parts, train }
}

/** A file is what its name says, or else the folder that it lies in. */
function splitOf(path: string): SplitName | undefined {
  return splitInName(basename(path)) ?? splitNamed(basename(dirname(path)))
}

/** Folders for train, validation and test within a folder stand for it, unless they hold only what its own files speak of, such as pictures. */
function partFolders(path: string, given: string, endings: readonly string[]): string[] {
  if (basename(path).includes('*') || given.includes('{')) return [given]
  let names: string[]
  try {
    names = readdirSync(path)
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return [given]
    throw unreadable(path, cause)
  }
  const isHeld = (name: string) => isFoundBy(endings, name)
  if (names.some((name) => isHeld(name) && splitInName(name) === 'train')) return [given]
  const parts = names.filter((name) => {
    const part = join(path, name)
    // Links are followed, as they are to folders of classes.
    return (
      splitNamed(name) !== undefined &&
      statSync(part, { throwIfNoEntry: false })?.isDirectory() &&
      readdirSync(part).some(isHeld)
    )
  })
  const hasTrain = parts.some((name) => splitNamed(name) === 'train')
  return hasTrain ? parts.map((name) => join(path, name)).sort() : [given]
}
