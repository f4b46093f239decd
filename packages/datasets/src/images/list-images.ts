import { readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { DataError } from '@ashlar/errors'
import { unreadable } from '../files/read-file.ts'

/** A picture and the index of its class. */
export interface LabelledImage {
  readonly path: string
  readonly label: number
}

const EXTENSIONS = ['.png', '.jpg', '.jpeg']

/**
 * The classes of a folder: the names of its sub folders, sorted by code point.
 *
 * @throws DataError when there are fewer than 2.
 */
export function listClasses(folder: string): readonly string[] {
  const classes = listEntries(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
  if (classes.length > 1) return classes
  throw new DataError({
    where: folder,
    expected: 'must contain a sub folder of pictures for each of at least 2 classes',
    given: classes,
  })
}

/**
 * All pictures of a folder with a sub folder for each class, by class and name.
 *
 * @throws DataError when a sub folder is no class, a class has no picture, or something is no PNG or JPEG: nothing is left out silently.
 */
export function listImages(folder: string, classes: readonly string[]): readonly LabelledImage[] {
  const found = listClasses(folder)
  const stranger = found.find((name) => !classes.includes(name))
  if (stranger !== undefined) {
    throw new DataError({
      where: join(folder, stranger),
      expected: `the name of the folder must be a class: ${classes.join(', ')}`,
    })
  }
  return found.flatMap((name) => listClass(join(folder, name), classes.indexOf(name)))
}

function listClass(folder: string, label: number): LabelledImage[] {
  const images = listEntries(folder).map((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory() || !EXTENSIONS.includes(extname(entry.name).toLowerCase())) {
      throw new DataError({
        where: path,
        expected: `only pictures must lie here (${EXTENSIONS.join(', ')})`,
        hint: 'Convert the file or move it elsewhere.',
      })
    }
    return { path, label }
  })
  if (images.length > 0) return images
  throw new DataError({
    where: folder,
    expected: `must contain pictures (${EXTENSIONS.join(', ')}), got an empty folder`,
  })
}

/** Without what file managers leave behind. */
function listEntries(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && !/^(Thumbs\.db|desktop\.ini)$/i.test(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    throw unreadable(folder, cause)
  }
}
