import { readFile } from 'node:fs/promises'
import { DataError } from '@ashlar/errors'
import { reasonOf, unreadable } from '../files/read-file.ts'

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

/** Formats that are read, as sharp calls them, and how their names end. SVG is a program rather than a picture. */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  png: ['.png'],
  jpeg: ['.jpg', '.jpeg', '.jpe', '.jfif'],
  webp: ['.webp'],
  gif: ['.gif'],
  tiff: ['.tif', '.tiff'],
  heif: ['.avif'],
}

/** The endings of pictures that are read, in lower case. What a picture is its contents say, not its name. */
export const pictureExtensions: readonly string[] = Object.values(FORMATS).flat()

const READABLE = 'PNG, JPEG, WebP, GIF, TIFF or AVIF picture'

/** Samples that bytes can be made of. */
const DEPTHS = ['uchar', 'ushort']

/**
 * A reader of pictures, by the optional package sharp. Turned upright as their metadata says; transparency is dropped; 16 bits become 8; of an
 * animation or of several pages the first is read.
 *
 * A picture that decoders repair with a remark, such as one with stray bytes between its parts, is read, as Pillow does. One that is cut
 * short or whose data does not unpack is broken.
 *
 * @param load how to get sharp; for tests.
 * @throws DataError when sharp is not installed, and by the decoder when a file cannot be opened; BrokenPictureError when it is no picture
 *   that is read, or a broken one.
 */
export async function imageDecoder(
  { height, width, channels, fit }: ImageSize,
  // Declarations must make sense where sharp is not installed, so its type stays inside.
  load: () => Promise<{ readonly default: unknown }> = () => import('sharp'),
): Promise<ImageDecoder> {
  const loaded = await load().catch((cause: unknown) => {
    throw new DataError({
      where: 'pictures',
      expected: 'the package sharp must be installed to read pictures',
      hint: 'Run: npm install sharp',
      cause,
    })
  })
  const { default: sharp } = loaded as typeof import('sharp')
  return async (path) => {
    // Not by its name: libvips remembers what it found under a name.
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw unreadable(path, cause)
    })
    try {
      const image = sharp(bytes, { autoOrient: true, failOn: 'error' })
      const { format, depth } = await image.metadata()
      if (!Object.hasOwn(FORMATS, format)) {
        throw new BrokenPictureError({
          where: path,
          expected: `must be a ${READABLE}`,
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
      return await image
        .removeAlpha()
        .resize(width, height, { fit, background: 'black' })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw({ depth: 'uchar' })
        .toBuffer()
    } catch (cause) {
      if (cause instanceof BrokenPictureError) throw cause
      throw new BrokenPictureError({
        where: path,
        expected: `must be a whole ${READABLE} (${firstLine(reasonOf(cause))})`,
        cause,
      })
    }
  }
}

/** libvips lists every remark on a line of its own. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
