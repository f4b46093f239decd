import { readFile } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import { reasonOf, unreadable } from '../files/read-file.ts'
import { isSharpFormat, otherFormat, readableFormats } from './formats.ts'
import { largestOfIcon } from './icon.ts'
import { hasMistakenSamples } from './jpeg2000.ts'
import { type MagickFormatName, magickReader, type Pixels } from './magick.ts'
import { isRawYcbcrTiff } from './tiff.ts'

/** How pictures become arrays of one size. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3
  /** What happens when the proportions differ: cut off what is too much, add black, or distort. */
  readonly fit: 'cover' | 'contain' | 'fill'
}

/** Reads a picture as `[height, width, channels]` bytes. */
export type ImageDecoder = (path: string) => Promise<Uint8Array>

/** A picture whose contents cannot be read, unlike a file that cannot be opened. */
export class BrokenPictureError extends DataError {}

/** Samples that bytes can be made of. */
const DEPTHS = ['uchar', 'ushort']

/** How the packages that read pictures are got; for tests. */
export interface PictureLoaders {
  readonly sharp?: () => Promise<{ readonly default: unknown }>
  readonly magick?: () => Promise<unknown>
}

/**
 * A reader of pictures, by the optional package sharp; what sharp cannot read is unpacked by the optional package `@imagemagick/magick-wasm`. Turned
 * upright as their metadata says; transparency is dropped; 16 bits become 8; of an animation or of several pages the first is read, of an icon the
 * largest picture.
 *
 * A picture that decoders repair with a remark, such as one with stray bytes between its parts, is read, as Pillow does. One that is cut
 * short or whose data does not unpack is broken.
 *
 * @throws DataError when sharp is not installed, and by the decoder when a file cannot be opened or needs the other package;
 *   BrokenPictureError when it is no picture that is read, or a broken one.
 */
export async function imageDecoder(
  { height, width, channels, fit }: ImageSize,
  load: PictureLoaders = {},
): Promise<ImageDecoder> {
  const loaded = await (load.sharp ?? (() => import('sharp')))().catch((cause: unknown) => {
    throw new DataError({
      where: 'pictures',
      expected: 'the package sharp must be installed to read pictures',
      hint: 'Run: npm install sharp',
      cause,
    })
  })
  // Declarations must make sense where sharp is not installed, so its type stays inside.
  const { default: sharp } = loaded as typeof import('sharp')
  return async (path) => {
    // Not by its name: libvips remembers what it found under a name.
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw unreadable(path, cause)
    })
    try {
      const unpacked = await unpack(path, bytes, load.magick)
      const image = Buffer.isBuffer(unpacked)
        ? sharp(unpacked, { autoOrient: true, failOn: 'error' })
        : sharp(unpacked.data, { raw: unpacked })
      if (Buffer.isBuffer(unpacked)) requireReadable(path, await image.metadata())
      return await image
        .removeAlpha()
        .resize(width, height, { fit, background: 'black' })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw({ depth: 'uchar' })
        .toBuffer()
    } catch (cause) {
      if (cause instanceof DataError) throw cause
      throw new BrokenPictureError({
        where: path,
        expected: `must be a whole ${readableFormats} picture (${firstLine(reasonOf(cause))})`,
        cause,
      })
    }
  }
}

/** The pixels of a picture that sharp does not read, or bytes that it reads. */
async function unpack(
  path: string,
  bytes: Buffer,
  load: (() => Promise<unknown>) | undefined,
): Promise<Buffer | Pixels> {
  const format = otherFormat(bytes)
  const read = async (from: Buffer, as: MagickFormatName) =>
    (await magickReader(path, load))(from, as)
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
  return read(format.prepare?.(bytes) ?? bytes, format.magick)
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
