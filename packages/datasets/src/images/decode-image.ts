import { readFile } from 'node:fs/promises'
import type { Sharp } from 'sharp'
import { unreadable } from '../files/read-file.ts'
import { loadSharp, openPicture, reading } from './open-picture.ts'
import { plainJpeg } from './plain-jpeg.ts'
import { turboJpeg } from './turbo-jpeg.ts'

/** How pictures become arrays of one size. */
export interface ImageSize {
  readonly height: number
  readonly width: number
  /** 1 for grey, 3 for red, green and blue. */
  readonly channels: 1 | 3
  /** What happens when the proportions differ: cut off what is too much, add black, or distort. */
  readonly fit: 'cover' | 'contain' | 'fill'
  /** Colour of what is transparent and of what `contain` adds; transparency is dropped and black added when left out. */
  readonly background?: string | undefined
}

/** Reads a picture as `[height, width, channels]` bytes. */
export type ImageDecoder = (path: string) => Promise<Uint8Array>

/** How the packages that read pictures are got; for tests. */
export interface PictureLoaders {
  readonly sharp?: () => Promise<{ readonly default: unknown }>
  readonly magick?: () => Promise<unknown>
}

/**
 * A reader of pictures, by the optional package sharp; what sharp cannot read is unpacked by the optional package `@imagemagick/magick-wasm`. Turned
 * upright as their metadata says; transparency is dropped, or shows the background; 16 bits become 8; of an animation or of several pages the first is read, of an icon the
 * largest picture.
 *
 * A picture that decoders repair with a remark, such as one with stray bytes between its parts, is read, as Pillow does. One that is cut
 * short or whose data does not unpack is broken.
 *
 * @throws DataError when sharp is not installed, and by the decoder when a file cannot be opened or needs the other package;
 *   BrokenPictureError when it is no picture that is read, or a broken one.
 */
export async function imageDecoder(
  size: ImageSize,
  load: PictureLoaders = {},
): Promise<ImageDecoder> {
  const decode = await bytesDecoder(size, load)
  return async (path) => {
    // Not by its name: libvips remembers what it found under a name.
    const bytes = await readFile(path).catch((cause: unknown) => {
      throw unreadable(path, cause)
    })
    return decode(bytes, path)
  }
}

/** Makes bytes of pictures `[height, width, channels]` bytes; some at once, others by and by. */
export type BytesDecoder = (bytes: Buffer, where: string) => Uint8Array | Promise<Uint8Array>

/**
 * The same from bytes, for whoever has read them.
 *
 * @param load.threads threads that one picture may use, for a thread among others; by default all.
 */
export async function bytesDecoder(
  { height, width, channels, fit, background }: ImageSize,
  load: PictureLoaders & { readonly threads?: number } = {},
): Promise<BytesDecoder> {
  const sharp = await loadSharp(load.sharp)
  if (load.threads !== undefined) {
    sharp.concurrency(load.threads)
    // Each picture comes once: what is remembered of it is memory lost.
    sharp.cache(false)
  }
  const decode = (bytes: Buffer, where: string) =>
    reading(where, async () => {
      const image = await openPicture(sharp, where, bytes, { load: load.magick })
      const opaque = background === undefined ? image.removeAlpha() : over(image, background)
      return opaque
        .resize(width, height, { fit, background: background ?? 'black' })
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw({ depth: 'uchar' })
        .toBuffer()
    })
  return (bytes, where) => {
    const plain = plainJpeg(bytes, channels)
    const isOfSize = plain?.width === width && plain.height === height
    return (isOfSize ? turboJpeg(bytes, plain, channels) : undefined) ?? decode(bytes, where)
  }
}

/** A picture over a colour, which shows through what is transparent. Of a grey picture sharp would take the colour's red alone. */
function over(image: Sharp, background: string): Sharp {
  return image.pipelineColourspace('srgb').flatten({ background })
}
