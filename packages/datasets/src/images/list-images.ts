import { type Dirent, readdirSync, statSync } from 'node:fs'
import { extname, join } from 'node:path'
import type { LeftOut } from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { reasonOf, unreadable } from '../files/read-file.ts'
import { pictureExtensions } from './formats.ts'

/** A picture and the index of its class. */
export interface LabelledImage {
  readonly path: string
  readonly label: number
}

/** What nobody wants in a data set, but file managers and archives leave in folders. */
const LEFT_BEHIND = /^(\..*|Thumbs\.db|ehthumbs\.db|desktop\.ini|__MACOSX)$/i

/** Whether nobody means a file: see {@link listClasses}. */
export function isLeftBehind(name: string): boolean {
  return LEFT_BEHIND.test(name)
}

/** Endings of pictures that are not read: beside class folders they would be left out without a word as well. */
const OTHER_PICTURES = ['.heic', '.svg', '.icns', '.exr', '.hdr', '.pfm', '.eps']

/**
 * The classes of a folder: the names of its sub folders in Unicode's composed form (NFC), sorted by code point. A link to a folder is a
 * folder. What begins with a dot and what file managers leave behind is none.
 *
 * @throws DataError when there are fewer than 2, two names differ in their Unicode form alone, a link leads nowhere, or pictures lie beside the
 *   class folders.
 */
export function listClasses(folder: string): readonly string[] {
  return listClassFolders(folder, 2).map(({ name }) => name)
}

/**
 * All pictures of a folder with a sub folder for each class, by class and name.
 *
 * @param classes in the composed form.
 * @param options.endings of the files in lower case; those of pictures by default.
 * @param options.leftOut takes files with other endings; without it they are errors.
 * @throws DataError when a sub folder is no class, a class has no picture, something is no picture that can be read, or one file is in two
 *   classes: nothing is left out silently.
 */
export function listImages(
  folder: string,
  classes: readonly string[],
  options: ListOptions = {},
): readonly LabelledImage[] {
  const { endings = pictureExtensions, leftOut } = options
  const found = listClassFolders(folder, 1)
  const stranger = found.find(({ name }) => !classes.includes(name))
  if (stranger !== undefined) {
    throw new DataError({
      where: stranger.path,
      expected: `the name of the folder must be a class: ${classes.join(', ')}`,
    })
  }
  const files = new Map<string, LabelledImage>()
  return found.flatMap(({ name, path }) =>
    listClass(path, classes.indexOf(name), { files, endings, leftOut }),
  )
}

/** Which files are taken. */
export interface ListOptions {
  readonly endings?: readonly string[] | undefined
  readonly leftOut?: LeftOut[] | undefined
}

interface Entry {
  /** Composed. */
  readonly name: string
  /** As the disk spells it. */
  readonly path: string
  readonly isFolder: boolean
  readonly isFile: boolean
  /** The same for two paths that are one file. */
  readonly identity: string
}

function listClassFolders(folder: string, fewest: number): readonly Entry[] {
  const entries = listEntries(folder)
  const stray = entries.find(({ isFolder, name }) => !isFolder && isPicture(name))
  if (stray !== undefined) {
    throw new DataError({
      where: stray.path,
      expected: 'a picture must lie in the folder of its class, not beside the folders',
      hint: 'Move it into a class, or elsewhere.',
    })
  }
  const classes = entries.filter(({ isFolder }) => isFolder)
  for (const [index, { name, path }] of classes.entries()) {
    const twin = classes[index + 1]
    if (twin?.name !== name) continue
    throw new DataError({
      where: path,
      expected: `two folders must not have one name in two forms of Unicode (${JSON.stringify(name)})`,
      hint: 'Put their pictures into one.',
    })
  }
  if (classes.length >= fewest) return classes
  const least = fewest === 1 ? '1 class' : `${fewest} classes`
  throw new DataError({
    where: folder,
    expected: `must contain a sub folder of pictures for each of at least ${least}`,
    given: classes.map(({ name }) => name),
  })
}

function listClass(
  folder: string,
  label: number,
  {
    files,
    endings,
    leftOut,
  }: {
    files: Map<string, LabelledImage>
    endings: readonly string[]
    leftOut?: LeftOut[] | undefined
  },
): LabelledImage[] {
  const images = listEntries(folder).flatMap(({ name, path, isFile, identity }) => {
    if (!isFile || !endings.includes(extname(name).toLowerCase())) {
      if (isFile && leftOut !== undefined) {
        leftOut.push({
          where: path,
          reason: `must be a ${kindOf(endings).slice(0, -1)} by its name`,
        })
        return []
      }
      throw new DataError({
        where: path,
        expected: `only ${kindOf(endings)} must lie here (${endings.join(', ')})`,
        hint:
          isFile && endings === pictureExtensions
            ? 'Convert the file, move it elsewhere, or leave out what is no picture: dataset.broken=skip.'
            : 'Convert the file or move it elsewhere.',
      })
    }
    const image = { path, label }
    const other = files.get(identity) ?? image
    if (other.label !== label) {
      throw new DataError({
        where: path,
        expected: `a picture must be in one class, and this file is ${other.path}, too`,
        hint: 'Remove one of the links.',
      })
    }
    files.set(identity, image)
    return [image]
  })
  if (images.length > 0) return images
  throw new DataError({
    where: folder,
    expected: `must contain ${kindOf(endings)} (${endings.join(', ')}), got an empty folder`,
  })
}

function kindOf(endings: readonly string[]): string {
  return endings === pictureExtensions ? 'pictures' : 'files'
}

function isPicture(name: string): boolean {
  return [...pictureExtensions, ...OTHER_PICTURES].includes(extname(name).toLowerCase())
}

/** Sorted by name. */
function listEntries(folder: string): readonly Entry[] {
  let entries: Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (cause) {
    throw unreadable(folder, cause)
  }
  return entries
    .filter(({ name }) => !isLeftBehind(name))
    .map((entry) => follow(folder, entry))
    .sort((a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)))
}

/** What an entry is, or what it links to. */
function follow(folder: string, entry: Dirent): Entry {
  const path = join(folder, entry.name)
  try {
    const found = statSync(path, { bigint: true })
    return {
      name: entry.name.normalize(),
      path,
      isFolder: found.isDirectory(),
      isFile: found.isFile(),
      identity: `${found.dev}:${found.ino}`,
    }
  } catch (cause) {
    if (!entry.isSymbolicLink()) throw unreadable(path, cause)
    throw new DataError({
      where: path,
      expected: `a link must lead to something that can be read (${reasonOf(cause)})`,
      hint: 'Mend or remove the link.',
      cause,
    })
  }
}
