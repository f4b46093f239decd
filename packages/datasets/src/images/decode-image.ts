import { DataError } from '@ashlar/errors'
import { reasonOf } from '../files/read-file.ts'

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

/** Formats that are read; others that sharp knows depend on how it was built. */
const FORMATS = ['png', 'jpeg']

/**
 * A reader of PNG and JPEG pictures, by the optional package sharp. Turned upright as their metadata says; transparency is dropped.
 *
 * @param load how to get sharp; for tests.
 * @throws DataError when sharp is not installed, and by the decoder when a file is no picture or is damaged.
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
    try {
      const image = sharp(path, { autoOrient: true, failOn: 'warning' })
      const { format } = await image.metadata()
      if (!FORMATS.includes(format)) {
        throw new DataError({
          where: path,
          expected: 'must be a PNG or JPEG picture',
          given: format,
        })
      }
      const bytes = await image
        .removeAlpha()
        .resize(width, height, { fit, background: 'black' })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw({ depth: 'uchar' })
        .toBuffer()
      return bytes
    } catch (cause) {
      if (cause instanceof DataError) throw cause
      throw new DataError({
        where: path,
        expected: `must be a whole PNG or JPEG picture (${firstLine(reasonOf(cause))})`,
        cause,
      })
    }
  }
}

/** libvips lists every remark on a line of its own. */
function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}
