import { resolve } from 'node:path'
import {
  type ArraySplit,
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type ImageEncoding,
  type InputEncoding,
  type LeftOut,
  type Plugin,
  shuffledIndices,
} from '@ashlar/core'
import { ConfigError } from '@ashlar/errors'
import { path } from '@ashlar/plugins'
import { z } from 'zod'
import { BrokenPictureError } from '../images/broken-picture.ts'
import { type ImageDecoder, imageDecoder } from '../images/decode-image.ts'
import { readableFormats } from '../images/formats.ts'
import { type ImageShape, imageShape, normalizeOf } from '../images/image-options.ts'
import { type LabelledImage, listClasses, listImages } from '../images/list-images.ts'
import { refuseEmptied } from '../images/refuse-emptied.ts'
import { withDigest } from '../splits/build.ts'
import { type OwnDataShape, ownDataShape, planOwnData } from '../splits/own-data.ts'
import { everyIndex } from '../splits/plan.ts'
import {
  type CacheShape,
  cacheShape,
  type ReadingShape,
  readingShape,
} from '../streams/record-options.ts'
import { classIndices } from '../tables/encode.ts'
import { foldersIn, isStreamed, type PictureFolders, streamFolder } from './stream-folder.ts'

/** Options of the `image-folder` dataset. */
export type ImageFolderOptions = z.ZodObject<
  OwnDataShape &
    CacheShape &
    ReadingShape & {
      readonly folder: z.ZodString
      readonly test: z.ZodOptional<z.ZodString>
      readonly validationFolder: z.ZodOptional<z.ZodString>
      readonly size: z.ZodTuple<[z.ZodInt, z.ZodInt], null>
      readonly channels: z.ZodDefault<z.ZodUnion<readonly [z.ZodLiteral<1>, z.ZodLiteral<3>]>>
      readonly fit: z.ZodDefault<z.ZodEnum<{ cover: 'cover'; contain: 'contain'; fill: 'fill' }>>
      readonly broken: z.ZodDefault<z.ZodEnum<{ refuse: 'refuse'; skip: 'skip' }>>
      readonly stream: z.ZodDefault<z.ZodUnion<readonly [z.ZodLiteral<'auto'>, z.ZodBoolean]>>
      readonly background: z.ZodOptional<z.ZodString>
    } & ImageShape,
  z.core.$strict
>

/** Pictures that are decoded at a time; more than there are threads, so that none waits for the slowest. */
const GROUP = 64

const side = () => z.int().positive().max(8192)

const options: ImageFolderOptions = z.strictObject({
  folder: path('read').describe(
    `Folder with a sub folder of pictures for each class: ${readableFormats}.`,
  ),
  test: path('read')
    .optional()
    .describe('Another such folder, to test with; without it, `testPart` is held out.'),
  validationFolder: path('read')
    .optional()
    .describe('Another such folder, to validate with; without it, `validation` is held out.'),
  size: z.tuple([side(), side()]).describe('Height and width that the pictures are brought to.'),
  channels: z
    .union([z.literal(1), z.literal(3)])
    .default(3)
    .describe('1 for grey, 3 for colour.'),
  fit: z
    .enum(['cover', 'contain', 'fill'])
    .default('cover')
    .describe(
      'For other proportions: cut off the sides (cover), add black (contain) or distort (fill).',
    ),
  broken: z
    .enum(['refuse', 'skip'])
    .default('refuse')
    .describe(
      'Pictures that cannot be read, and files in a class that are none: an error (refuse), or left out and listed, here and in the summary of the run (skip). Pictures that are streamed are decoded once before, to know which are broken.',
    ),
  stream: z
    .union([z.literal('auto'), z.boolean()])
    .default('auto')
    .describe(
      'Whether pictures are read and decoded while training (true) or held in memory (false); `auto` streams those that come to more than 512 MiB.',
    ),
  ...cacheShape,
  ...readingShape,
  background: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, { error: 'must be a colour such as "#ffffff"' })
    .optional()
    .describe(
      'Colour, such as "#ffffff", of what is transparent and of what `contain` adds; by default transparency is dropped, and black is added.',
    ),
  ...imageShape,
  ...ownDataShape,
})

/**
 * Pictures in folders, `[height, width, channels]` bytes; the name of a picture's folder is its class. Needs the package sharp.
 *
 * The pictures come in a mixed order that is always the same, so that `limit` takes some of every class. Only those that are
 * used are decoded.
 */
export const imageFolder: Plugin<'dataset', ImageFolderOptions> = definePlugin({
  kind: 'dataset',
  name: 'image-folder',
  description: 'Pictures in one folder per class, brought to one size.',
  options,
  create(chosen, context): Dataset {
    const { size, channels, fit, background } = chosen
    const folder = resolve(context.folder, chosen.folder)
    const other = (given: string | undefined) =>
      given === undefined ? undefined : resolve(context.folder, given)
    const folders: PictureFolders = {
      ...{ train: folder, test: other(chosen.test), validation: other(chosen.validationFolder) },
    }
    if (folders.validation !== undefined && chosen.validation !== undefined) {
      throw new ConfigError({
        where: 'image-folder.validation',
        expected: 'must be left out where there is a `validationFolder`',
        given: chosen.validation,
      })
    }
    const [height, width] = size
    const info: DatasetInfo = {
      name: 'image-folder',
      inputShape: [height, width, channels],
      labelShape: [],
      inputDtype: 'uint8',
      inputRange: [0, 255],
      classes: listClasses(folder),
      input: { kind: 'image', height, width, channels, fit, ...(background && { background }) },
      ...normalizeOf(chosen.normalize),
      licence: chosen.licence,
      source: foldersIn(folders).join(', '),
    }
    return {
      info,
      async load({ input = info.input } = {}) {
        const seen = samePictures(input, info)
        if (isStreamed(foldersIn(folders), info, chosen)) {
          return streamFolder(folders, info, { seen, seed: context.seed, chosen })
        }
        const leftOut: LeftOut[] = []
        const odd = chosen.broken === 'skip' ? leftOut : undefined
        const images = listMixed(folder, info, odd)
        const [testImages, validationImages] = [folders.test, folders.validation].map((each) =>
          each === undefined ? undefined : listMixed(each, info, odd),
        )
        const plan = planOwnData(info.name, images.length, testImages?.length, chosen, context.seed)
        const decode = await imageDecoder(seen)
        const take = (from: readonly LabelledImage[], indices: Uint32Array) =>
          decodeAll(
            Array.from(indices, (index) => from[index]!),
            info,
            decode,
            odd,
          )
        const splits = withDigest(info, {
          train: await take(images, plan.train),
          ...(plan.validation && { validation: await take(images, plan.validation) }),
          ...(validationImages && {
            validation: await take(validationImages, everyIndex(validationImages.length)),
          }),
          test: await take(testImages ?? images, plan.test),
          leftOut,
        })
        return { ...splits, input: seen }
      },
    }
  },
})

/** How a model has seen pictures, if it takes those of this size. */
function samePictures(
  input: InputEncoding | undefined,
  { inputShape }: DatasetInfo,
): ImageEncoding {
  if (input?.kind === 'image') {
    const { height, width, channels } = input
    if (String([height, width, channels]) === String(inputShape)) return input
  }
  throw new ConfigError({
    where: 'image-folder.size',
    expected: 'must be that of the pictures that the model was trained with',
    given: inputShape,
  })
}

/** Seed 0 whatever the experiment's: the order belongs to the data. */
function listMixed(
  folder: string,
  { classes }: DatasetInfo,
  leftOut: LeftOut[] | undefined,
): readonly LabelledImage[] {
  const images = listImages(folder, classes, { leftOut })
  return Array.from(shuffledIndices(images.length, 0, 'image-folder'), (index) => images[index]!)
}

/** @param leftOut takes those that are broken; without it they are errors. */
async function decodeAll(
  images: readonly LabelledImage[],
  { inputShape, classes }: DatasetInfo,
  decode: ImageDecoder,
  leftOut: LeftOut[] | undefined,
): Promise<ArraySplit> {
  const size = inputShape.reduce((product, dim) => product * dim, 1)
  const inputs = new Uint8Array(images.length * size)
  const read: LabelledImage[] = []
  // In groups, so that the first damaged picture stops the rest.
  for (let start = 0; start < images.length; start += GROUP) {
    const group = images.slice(start, start + GROUP)
    const decoded = await Promise.all(
      group.map(({ path }) =>
        leftOut === undefined ? decode(path) : decode(path).catch(brokenOf),
      ),
    )
    for (const [index, found] of decoded.entries()) {
      const image = group[index]!
      if (found instanceof BrokenPictureError) {
        leftOut?.push({ where: image.path, reason: found.message.replace(`${image.path}: `, '') })
      } else {
        inputs.set(found, read.length * size)
        read.push(image)
      }
    }
  }
  if (read.length < images.length) refuseEmptied(images, read, classes)
  const indices = read.map(({ label }) => label)
  const labels = classIndices(indices, classes.length)
  return { inputs: inputs.subarray(0, read.length * size), labels, length: read.length }
}

function brokenOf(error: unknown): BrokenPictureError {
  if (error instanceof BrokenPictureError) return error
  throw error
}
