import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import {
  type ArraySplit,
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type Plugin,
} from '@ashlar/core'
import { DataError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { archiveSource } from '../files/archive-source.ts'
import { checkDigest } from '../files/pinned-digest.ts'
import { type FileSource, folderSource, type SourceFile } from '../files/sources.ts'
import { type ImageShape, imageShape, normalizeOf } from '../images/image-options.ts'
import { buildSplits } from '../splits/build.ts'
import { checkLabels } from '../splits/check-labels.ts'
import { type ClassShape, chooseClasses, classShape } from '../splits/classes.ts'
import { type SplitShape, splitShape } from '../splits/options.ts'

/** A file of the binary version, pinned by the SHA-256 of its contents. */
export interface CifarFile {
  readonly name: string
  /** Number of images in it. */
  readonly images: number
  readonly sha256: string
}

/** Everything about a dataset in the binary format of CIFAR; one loader reads them all. */
export interface CifarDeclaration {
  readonly info: DatasetInfo
  /** One sentence for `ashlar plugins`. */
  readonly description: string
  readonly train: readonly CifarFile[]
  readonly test: readonly CifarFile[]
  /** Bytes before the pixels of each image. */
  readonly labelBytes: number
  /** Which of them is the class. */
  readonly classByte: number
  /** Name of the archive that its publishers offer, and of the folder in it. */
  readonly archive: { readonly name: string; readonly folder: string; readonly url: string }
}

/** Options of a dataset in the binary format of CIFAR. */
export type CifarOptions = z.ZodObject<
  SplitShape & ClassShape & ImageShape & { readonly folder: z.ZodString },
  z.core.$strict
>

/**
 * A dataset plugin from a declaration. Images come as `[height, width, channels]`, though the files hold plane after plane.
 *
 * @example const mine = cifarPlugin({ info, description, train, test, labelBytes: 1, classByte: 0, archive })
 */
export function cifarPlugin(declaration: CifarDeclaration): Plugin<'dataset', CifarOptions> {
  const { info, description, archive } = declaration
  return definePlugin({
    kind: 'dataset',
    name: info.name,
    description,
    options: z.strictObject({
      folder: path('read').describe(
        `Folder with the .bin files of the binary version, with ${archive.folder} or with ${archive.name}.`,
      ),
      ...imageShape,
      ...classShape,
      ...splitShape,
    }),
    create({ folder, normalize, classes, perClass, ...splits }, context): Dataset {
      const chosen = chooseClasses(info, { classes, perClass })
      return {
        info: { ...chosen.info, ...normalizeOf(normalize) },
        async load() {
          const source = findSource(declaration, resolve(context.folder, folder))
          const train = chosen.take(await readPart(declaration, declaration.train, source), 'train')
          const test = chosen.take(await readPart(declaration, declaration.test, source), 'test')
          return buildSplits(chosen.info, { train, test }, splits, context.seed)
        },
      }
    },
  })
}

function findSource(declaration: CifarDeclaration, folder: string): FileSource {
  const { archive, train, test } = declaration
  const files = [...train, ...test].map((file) => sourceFile(declaration, file))
  const [first] = files
  for (const place of [folder, join(folder, archive.folder)]) {
    if (first && existsSync(join(place, first.name))) return folderSource(place)
  }
  const packed = join(folder, archive.name)
  if (existsSync(packed)) return archiveSource(packed, files)
  throw new DataError({
    where: folder,
    expected: `must contain ${first?.name}, ${archive.folder} or ${archive.name}`,
    hint: `Download ${archive.url} into this folder.`,
  })
}

async function readPart(
  declaration: CifarDeclaration,
  files: readonly CifarFile[],
  source: FileSource,
): Promise<ArraySplit> {
  const { info } = declaration
  const length = files.reduce((sum, { images }) => sum + images, 0)
  const inputs = new Uint8Array(length * pixelsOf(info))
  const labels = new Uint8Array(length)
  let start = 0
  for (const file of files) {
    const records = await source(sourceFile(declaration, file))
    unpackRecords(declaration, records, inputs, labels, start)
    checkLabels(labels.subarray(start, start + file.images), info, file.name)
    start += file.images
  }
  return { inputs, labels, length }
}

/** Turns records of labels and colour planes into images of interleaved channels, from image `start` on. */
function unpackRecords(
  { info, labelBytes, classByte }: CifarDeclaration,
  records: Buffer,
  inputs: Uint8Array,
  labels: Uint8Array,
  start: number,
): void {
  const size = pixelsOf(info)
  const channels = info.inputShape[2] ?? 1
  const plane = size / channels
  const stride = labelBytes + size
  for (let image = 0; image * stride < records.length; image++) {
    const from = image * stride + labelBytes
    const to = (start + image) * size
    labels[start + image] = records[image * stride + classByte]!
    for (let channel = 0; channel < channels; channel++) {
      const offset = from + channel * plane
      for (let pixel = 0; pixel < plane; pixel++) {
        inputs[to + pixel * channels + channel] = records[offset + pixel]!
      }
    }
  }
}

function sourceFile({ info, labelBytes }: CifarDeclaration, file: CifarFile): SourceFile {
  const record = labelBytes + pixelsOf(info)
  const bytes = file.images * record
  return {
    name: file.name,
    bytes,
    check(contents, where) {
      if (contents.length !== bytes) {
        throw new DataError({
          where,
          expected: `must be ${bytes} bytes long (${file.images} images of ${record} bytes)`,
          given: contents.length,
          hint: contents.length < bytes ? 'The file is cut short: get it again.' : undefined,
        })
      }
      checkDigest(contents, file.sha256, where)
    },
  }
}

function pixelsOf({ inputShape }: DatasetInfo): number {
  return inputShape.reduce((size, dim) => size * dim, 1)
}
