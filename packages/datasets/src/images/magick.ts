import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { MissingPackageError } from './missing-package.ts'
import { type PixelLimit, requirePixels } from './most-pixels.ts'

/** Samples of 8 bits, `[height, width, channels]`. */
export interface Pixels {
  readonly data: Uint8Array
  readonly width: number
  readonly height: number
  /** 1 for grey. */
  readonly channels: 1 | 3
}

/** Formats of ImageMagick that are asked for: by name, as it would find out formats that are programs. */
export type MagickFormatName =
  | 'BMP'
  | 'DDS'
  | 'J2K'
  | 'JP2'
  | 'PCX'
  | 'PNM'
  | 'PSD'
  | 'QOI'
  | 'SGI'
  | 'SUN'
  | 'TGA'
  | 'TIFF'
  | 'XBM'

/**
 * Reads the first picture of a file; throws what ImageMagick says of one that is cut short or damaged.
 *
 * @param limit is held before anything is unpacked, by what the file says, and by ImageMagick itself.
 */
export type MagickReader = (bytes: Buffer, format: MagickFormatName, limit?: PixelLimit) => Pixels

/** As much as sharp takes: 16,383 x 16,383 pixels of four bytes. A file of some bytes may say that it holds more. */
const MEMORY = BigInt(0x3fff * 0x3fff * 4)

/** Of a pixel at most: ImageMagick's area is bytes. Five channels of CMYK with transparency take five. */
const BYTES_A_PIXEL = 8

let reader: Promise<MagickReader> | undefined

/**
 * A reader of what sharp cannot read, by the optional package `@imagemagick/magick-wasm`, which is loaded once, when the first such picture comes.
 *
 * @param load how to get the package; for tests.
 * @throws MissingPackageError when it is not installed.
 */
export async function magickReader(
  path: string,
  load?: () => Promise<unknown>,
): Promise<MagickReader> {
  try {
    if (load !== undefined) return await open(load)
    reader ??= open(() => import('@imagemagick/magick-wasm'))
    return await reader
  } catch (cause) {
    reader = undefined
    throw new MissingPackageError({
      where: path,
      expected:
        'the package @imagemagick/magick-wasm must be installed to read pictures of this format',
      hint: 'Run: npm install @imagemagick/magick-wasm',
      cause,
    })
  }
}

async function open(load: () => Promise<unknown>): Promise<MagickReader> {
  // Declarations must make sense where the package is not installed, so its types stay inside.
  const {
    ImageMagick,
    ColorSpace,
    MagickImageInfo,
    MagickReadSettings,
    ResourceLimits,
    initializeImageMagick,
  } = (await load()) as typeof import('@imagemagick/magick-wasm')
  const wasm = createRequire(import.meta.url).resolve('@imagemagick/magick-wasm/magick.wasm')
  await initializeImageMagick(await readFile(wasm))
  ResourceLimits.memory = MEMORY
  ResourceLimits.disk = 0n
  const SPACES = {
    asTheyAre: [ColorSpace.sRGB, ColorSpace.RGB] as number[],
    grey: [ColorSpace.Gray, ColorSpace.LinearGray] as number[],
  }
  const anyArea = ResourceLimits.area
  return (bytes, format, limit) => {
    const settings = new MagickReadSettings({ format, frameIndex: 0, frameCount: 1 })
    const most = limit?.mostPixels
    if (most !== undefined) requirePixels(MagickImageInfo.create(bytes, settings), limit!)
    ResourceLimits.area = most === undefined ? anyArea : BigInt(most * BYTES_A_PIXEL)
    return ImageMagick.read(bytes, settings, (image) => {
      const isGrey = SPACES.grey.includes(image.colorSpace)
      if (!isGrey && !SPACES.asTheyAre.includes(image.colorSpace)) {
        image.colorSpace = ColorSpace.sRGB
      }
      const { width, height } = image
      const data = image.getPixels((pixels) =>
        pixels.toByteArray(0, 0, width, height, isGrey ? 'R' : 'RGB'),
      )
      if (data === null) throw new Error('there are no pixels')
      return { data, width, height, channels: isGrey ? 1 : 3 }
    })
  }
}
