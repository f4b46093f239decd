import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import type { LeftOut } from '@ashlar/core'
import { BrokenPictureError } from '../images/broken-picture.ts'
import { pictureExtensions } from '../images/formats.ts'
import { listClasses, listImages } from '../images/list-images.ts'
import { loadSharp, openPicture, reading } from '../images/open-picture.ts'
import { classFolders } from '../records/class-folders.ts'
import type { SplitName } from '../splits/split-names.ts'
import { nearCopies, type Thumbnail, thumbnailOf } from './near-copies.ts'

/** A picture that is there twice. */
export interface PictureCopy {
  readonly file: string
  readonly of: string
  readonly across: 'class' | 'test' | 'validation' | 'nothing'
  /** Whether it is another file of the same picture. */
  readonly near?: true | undefined
}

/** What a folder of pictures holds. */
export interface PictureFacts {
  readonly kind: 'pictures'
  readonly folder: string
  /** Of its own to test with, where there is one. */
  readonly test?: string | undefined
  /** Of its own to validate with, where there is one. */
  readonly validation?: string | undefined
  /** Names and numbers of pictures. */
  readonly classes: readonly { readonly name: string; readonly count: number }[]
  readonly testCount?: number | undefined
  readonly validationCount?: number | undefined
  /** Widths and heights of those that were looked at: smallest, middle, largest. */
  readonly width: readonly [number, number, number]
  readonly height: readonly [number, number, number]
  /** Whether none has colour. */
  readonly isGrey: boolean
  /** Files that cannot be read, and those that are no pictures by their names. */
  readonly broken: readonly string[]
  /** Files with the same contents as another one, and pictures that are the same but for their size, quality or format; of another class, or of the test folder, they are leaks or mistakes. */
  readonly copies: readonly PictureCopy[]
  /** Pictures whose size and colour were looked at. */
  readonly looked: number
}

/** Pictures of each part that are decoded; files are compared of all. */
const MOST = 2000

/**
 * Whether a folder holds pictures, by class or in parts to train, to validate and to test with.
 *
 * @throws DataError as the dataset `image-folder` would, for what lies beside such parts.
 */
export async function hasPictures(folder: string): Promise<boolean> {
  const train = classFolders({ folder }).folders[0]!
  const entries = await readdir(train, { withFileTypes: true })
  if (train !== folder || entries.some(({ name }) => isPicture(name))) return true
  for (const entry of entries.filter((each) => each.isDirectory())) {
    if ((await readdir(join(train, entry.name))).some(isPicture)) return true
  }
  return false
}

/**
 * Looks at a folder with a sub folder for each class, or at one with `train`, `validation` and `test` that are such folders, as `image-folder` knows them.
 *
 * @throws DataError as the dataset `image-folder` would, and when sharp is not installed.
 */
export async function lookAtPictures(given: string): Promise<PictureFacts> {
  const { folder, test, validation } = partsOf(given)
  const classes = listClasses(folder)
  const leftOut: LeftOut[] = []
  const images = listImages(folder, classes, { leftOut })
  const held = (part: string | undefined) =>
    part === undefined ? [] : listImages(part, classes, { leftOut })
  const [tested, validated] = [held(test), held(validation)]
  const sharp = await loadSharp()
  const seen = new Map<string, Seen>()
  const copies: PictureCopy[] = []
  const decoded: { image: Seen; thumbnail: Thumbnail | undefined }[] = []
  const broken = leftOut.map(({ where }) => where)
  const sizes: { width: number; height: number }[] = []
  let isGrey = true
  const all = [
    ...images.map((image) => ({ ...image, part: 'train' as const })),
    ...tested.map((image) => ({ ...image, part: 'test' as const })),
    ...validated.map((image) => ({ ...image, part: 'validation' as const })),
  ]
  const steps = new Map(
    [images, tested, validated].map((part, at) => [
      (['train', 'test', 'validation'] as const)[at]!,
      Math.max(1, Math.ceil(part.length / MOST)),
    ]),
  )
  for (const [at, image] of all.entries()) {
    const bytes = await readFile(image.path)
    const digest = createHash('sha256').update(bytes).digest('base64')
    const twin = seen.get(digest)
    if (twin === undefined) seen.set(digest, image)
    else copies.push(copyOf(image, twin))
    if (at % steps.get(image.part)! !== 0) continue
    try {
      const [{ width, height, autoOrient, channels }, stats, thumbnail] = await reading(
        image.path,
        async () => {
          const picture = await openPicture(sharp, image.path, bytes)
          // Decoded, as a picture that is cut short says its size all the same.
          const [metadata, stats] = [await picture.metadata(), await picture.stats()]
          return [metadata, stats, await thumbnailOf(picture)] as const
        },
      )
      if (twin === undefined) decoded.push({ image, thumbnail })
      if (image.part !== 'train') continue
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
  for (const [of, copy] of nearCopies(decoded.map(({ thumbnail }) => thumbnail))) {
    copies.push({ ...copyOf(decoded[copy]!.image, decoded[of]!.image), near: true })
  }
  return {
    kind: 'pictures',
    folder,
    ...(test !== undefined && { test, testCount: tested.length }),
    ...(validation !== undefined && { validation, validationCount: validated.length }),
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

/** A picture, and what it is for. */
interface Seen {
  readonly path: string
  readonly label: number
  readonly part: SplitName
}

function copyOf(image: Seen, twin: Seen): PictureCopy {
  const isHeld = twin.part !== image.part && image.part !== 'train'
  const across = isHeld ? image.part : twin.label === image.label ? 'nothing' : 'class'
  return { file: image.path, of: twin.path, across }
}

function partsOf(given: string): { folder: string; test?: string; validation?: string } {
  const { folders, splits } = classFolders({ folder: given })
  const part = (split: SplitName) => folders[splits.indexOf(split)]
  const [test, validation] = [part('test'), part('validation')]
  return { folder: part('train')!, ...(test && { test }), ...(validation && { validation }) }
}

function isPicture(name: string): boolean {
  return pictureExtensions.includes(extname(name).toLowerCase()) && !basename(name).startsWith('.')
}

function spreadOf(numbers: readonly number[]): readonly [number, number, number] {
  const sorted = [...numbers].sort((a, b) => a - b)
  return [sorted[0] ?? 0, sorted[sorted.length >> 1] ?? 0, sorted.at(-1) ?? 0]
}
