import { DataError } from '@ashlar/errors'
import type { default as Open, Sharp } from 'sharp'
import { reasonOf } from '../files/read-file.ts'
import { BROKEN_HINT, BrokenPictureError } from './broken-picture.ts'
import { isSharpFormat, otherFormat, readableFormats } from './formats.ts'
import { largestOfIcon } from './icon.ts'
import { hasMistakenSamples } from './jpeg2000.ts'
import { type MagickFormatName, magickReader, type Pixels } from './magick.ts'
import { MissingPackageError } from './missing-package.ts'
import { requirePixels } from './most-pixels.ts'
import { isRawYcbcrTiff } from './tiff.ts'

/** Samples that bytes can be made of. */
const DEPTHS = ['uchar', 'ushort']

/**
 * The optional package sharp. Declarations of what users see must make sense where it is not installed, so its types stay in here.
 *
 * @param load how it is got; for tests.
 * @throws MissingPackageError when it is not installed.
 */
export async function loadSharp(
  load: () => Promise<{ readonly default: unknown }> = () => import('sharp'),
): Promise<typeof Open> {
  const loaded = await load().catch((cause: unknown) => {
    throw new MissingPackageError({
      where: 'pictures',
      expected: 'the package sharp must be installed to read pictures',
      hint: 'Run: npm install sharp. BMP and other rare formats take one more: npm install sharp @imagemagick/magick-wasm',
      cause,
    })
  })
  return loaded.default as typeof Open
}

/** How a picture is opened. */
export interface OpenOptions {
  /** How the package is got that reads what sharp does not; for tests. */
  readonly load?: (() => Promise<unknown>) | undefined
  /** More are refused before anything is unpacked. */
  readonly mostPixels?: number | undefined
}

/**
 * A picture of any kind that is read, with what sharp cannot read unpacked before.
 *
 * @param open the package sharp.
 * @param path for errors.
 * @throws MissingPackageError where the other package is needed and missing, DataError for too many pixels, BrokenPictureError for what is no picture that is read.
 */
export async function openPicture(
  open: typeof Open,
  path: string,
  bytes: Buffer,
  options: OpenOptions = {},
): Promise<Sharp> {
  const unpacked = await unpack(path, bytes, options)
  if (!Buffer.isBuffer(unpacked)) return open(unpacked.data, { raw: unpacked })
  if (options.mostPixels !== undefined) {
    // What is beyond sharp's own bound is told in the same words.
    const size = await open(unpacked, { failOn: 'error', limitInputPixels: false }).metadata()
    requirePixels(size, { where: path, mostPixels: options.mostPixels })
  }
  const image = open(unpacked, { autoOrient: true, failOn: 'error' })
  requireReadable(path, await image.metadata())
  return image
}

/**
 * What fails in reading a picture says so of the picture.
 *
 * @param hint what to do with one that is damaged.
 */
export async function reading<Found>(
  path: string,
  read: () => Promise<Found>,
  hint: string = BROKEN_HINT,
): Promise<Found> {
  try {
    return await read()
  } catch (cause) {
    if (cause instanceof DataError) throw cause
    throw new BrokenPictureError({
      where: path,
      expected: `must be a whole ${readableFormats} picture (${firstLine(reasonOf(cause))})`,
      hint,
      cause,
    })
  }
}

/** The pixels of a picture that sharp does not read, or bytes that it reads. */
async function unpack(
  path: string,
  bytes: Buffer,
  { load, mostPixels }: OpenOptions,
): Promise<Buffer | Pixels> {
  const limit = { where: path, mostPixels }
  const format = otherFormat(bytes)
  const read = async (from: Buffer, as: MagickFormatName) =>
    (await magickReader(path, load))(from, as, limit)
  if (format === undefined) return isRawYcbcrTiff(bytes) ? read(bytes, 'TIFF') : bytes
  if (format.magick === undefined) {
    const { format: inside, bytes: picture } = largestOfIcon(bytes)
    return inside === 'PNG' ? picture : read(picture, inside)
  }
  if (format.label === 'JPEG 2000' && hasMistakenSamples(bytes)) {
    throw new BrokenPictureError({
      where: path,
      expected:
        'must be a JPEG 2000 picture in colours of light or in grey, not in CMYK, nor a codestream of grey with transparency',
      hint: 'Convert it, to PNG for instance.',
    })
  }
  if (format.size !== undefined) requirePixels(format.size(bytes), limit)
  const pixels = await read(format.prepare?.(bytes) ?? bytes, format.magick)
  if (!format.isNegative?.(bytes)) return pixels
  return { ...pixels, data: pixels.data.map((value) => 255 - value) }
}

function requireReadable(
  path: string,
  { format, depth }: { readonly format: string; readonly depth: string },
): void {
  if (!isSharpFormat(format)) {
    throw new BrokenPictureError({
      where: path,
      expected: `must be a ${readableFormats} picture`,
      given: format,
    })
  }
  if (!DEPTHS.includes(depth)) {
    throw new BrokenPictureError({
      where: path,
      expected: 'must be a picture of 8 or 16 bits for each sample',
      given: depth,
      hint: 'Only you know which values are black and white: convert it.',
    })
  }
}

/** libvips lists every remark on a line of its own. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
