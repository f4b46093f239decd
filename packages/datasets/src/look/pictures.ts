import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { LeftOut } from '@ashlar/core'
import { BrokenPictureError } from '../images/broken-picture.ts'
import { pictureExtensions } from '../images/formats.ts'
import { listClasses, listImages } from '../images/list-images.ts'
import { loadSharp, openPicture, reading } from '../images/open-picture.ts'

/** What a folder of pictures holds. */
export interface PictureFacts {
  readonly kind: 'pictures'
  readonly folder: string
  /** Of its own to test with, where there is one. */
  readonly test?: string | undefined
  /** Of its own to validate with, where there is one besides. */
  readonly validation?: string | undefined
  /** Names and numbers of pictures. */
  readonly classes: readonly { readonly name: string; readonly count: number }[]
  readonly testCount?: number | undefined
  /** Widths and heights of those that were looked at: smallest, middle, largest. */
  readonly width: readonly [number, number, number]
  readonly height: readonly [number, number, number]
  /** Whether none has colour. */
  readonly isGrey: boolean
  /** Files that cannot be read, and those that are no pictures by their names. */
  readonly broken: readonly string[]
  /** Files with the same contents as another one; of another class, or of the test folder, they are leaks or mistakes. */
  readonly copies: readonly {
    readonly file: string
    readonly of: string
    readonly across: 'class' | 'test' | 'nothing'
  }[]
  /** Pictures whose size and colour were looked at. */
  readonly looked: number
}

/** Pictures whose sizes are read; contents are compared of all. */
const MOST = 2000

const PARTS: readonly { readonly train: string; readonly test: readonly string[] }[] = [
  { train: 'train', test: ['test', 'val', 'valid', 'validation'] },
  { train: 'training', test: ['testing', 'test', 'validation'] },
]

/** Whether a folder holds pictures, by class or in parts to train and test with. */
export async function hasPictures(folder: string): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.filter((each) => each.isDirectory())) {
    const inside = await readdir(join(folder, entry.name), { withFileTypes: true })
    if (inside.some(({ name }) => isPicture(name))) return true
    if (!inside.some((each) => each.isDirectory())) continue
    if (PARTS.some(({ train }) => train === entry.name.toLowerCase())) return true
  }
  return entries.some(({ name }) => isPicture(name))
}

/**
 * Looks at a folder with a sub folder for each class, or at one with `train` and `test` that are such folders.
 *
 * @throws DataError as the dataset `image-folder` would, and when sharp is not installed.
 */
export async function lookAtPictures(given: string): Promise<PictureFacts> {
  const { folder, test, validation } = await partsOf(given)
  const classes = listClasses(folder)
  const leftOut: LeftOut[] = []
  const images = listImages(folder, classes, { leftOut })
  const tested = test === undefined ? [] : listImages(test, classes, { leftOut })
  const sharp = await loadSharp()
  const seen = new Map<string, { path: string; label: number; isTest: boolean }>()
  const copies: PictureFacts['copies'][number][] = []
  const broken = leftOut.map(({ where }) => where)
  const sizes: { width: number; height: number }[] = []
  let isGrey = true
  const all = [
    ...images.map((image) => ({ ...image, isTest: false })),
    ...tested.map((image) => ({ ...image, isTest: true })),
  ]
  const step = Math.max(1, Math.ceil(images.length / MOST))
  for (const [at, image] of all.entries()) {
    const bytes = await readFile(image.path)
    const digest = createHash('sha256').update(bytes).digest('base64')
    const twin = seen.get(digest)
    if (twin === undefined) seen.set(digest, image)
    else {
      const across =
        twin.isTest !== image.isTest ? 'test' : twin.label === image.label ? 'nothing' : 'class'
      copies.push({ file: image.path, of: twin.path, across })
    }
    if (image.isTest || at % step !== 0) continue
    try {
      const [{ width, height, autoOrient, channels }, stats] = await reading(
        image.path,
        async () => {
          const picture = await openPicture(sharp, image.path, bytes)
          // Decoded, as a picture that is cut short says its size all the same.
          return [await picture.metadata(), await picture.stats()] as const
        },
      )
      sizes.push({ width: autoOrient?.width ?? width, height: autoOrient?.height ?? height })
      const means = stats.channels.slice(0, 3).map(({ mean, stdev }) => [mean, stdev] as const)
      const [first] = means
      isGrey &&=
        channels < 3 ||
        means.every(([m, s]) => Math.abs(m - first![0]) < 0.5 && Math.abs(s - first![1]) < 0.5)
    } catch (error) {
      if (!(error instanceof BrokenPictureError)) throw error
      broken.push(image.path)
    }
  }
  return {
    kind: 'pictures',
    folder,
    ...(test !== undefined && { test, testCount: tested.length }),
    ...(validation !== undefined && { validation }),
    classes: classes.map((name, label) => ({
      name,
      count: images.filter((image) => image.label === label).length,
    })),
    width: spreadOf(sizes.map(({ width }) => width)),
    height: spreadOf(sizes.map(({ height }) => height)),
    isGrey: isGrey && sizes.length > 0,
    broken,
    copies,
    looked: sizes.length + broken.length - leftOut.length,
  }
}

async function partsOf(
  given: string,
): Promise<{ folder: string; test?: string; validation?: string }> {
  const names = new Map<string, string>()
  for (const name of await readdir(given)) names.set(name.toLowerCase(), name)
  for (const { train, test } of PARTS) {
    const own = names.get(train)
    if (own === undefined || !(await stat(join(given, own))).isDirectory()) continue
    const [held, other] = test.flatMap((each) => names.get(each) ?? [])
    const folder = join(given, own)
    return {
      folder,
      ...(held !== undefined && { test: join(given, held) }),
      ...(other !== undefined && { validation: join(given, other) }),
    }
  }
  return { folder: given }
}

function isPicture(name: string): boolean {
  return pictureExtensions.includes(extname(name).toLowerCase()) && !basename(name).startsWith('.')
}

function spreadOf(numbers: readonly number[]): readonly [number, number, number] {
  const sorted = [...numbers].sort((a, b) => a - b)
  return [sorted[0] ?? 0, sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0]
}
