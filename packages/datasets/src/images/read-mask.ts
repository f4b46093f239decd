import { decode } from 'fast-png'
import type { default as Open } from 'sharp'
import { reasonOf } from '../files/read-file.ts'
import { BrokenPictureError } from './broken-picture.ts'
import { openPicture, reading } from './open-picture.ts'
import { numbersPng } from './png-numbers.ts'

/** What a mask stores for each pixel, row by row: numbers (grey, or places of a palette), or colours. */
export interface StoredMask {
  readonly width: number
  readonly height: number
  /** Of each pixel; undefined where it has colours alone. */
  readonly numbers?: ArrayLike<number> | undefined
  /** Red, green and blue as one number, `0xrrggbb`, of each pixel. */
  colour(pixel: number): number
}

/** The same as sharp allows: more is a bomb. */
const MOST_PIXELS = 0x3fff ** 2
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const GREY = 0
const PALETTE = 3

/**
 * A picture whose pixels are classes. Of a PNG in grey or with a palette the numbers are those that the file stores, whatever they look like: a bit, a place of the palette, up to 16 bits. Others are
 * read as pictures are, and have numbers where all of their pixels are grey.
 *
 * @throws BrokenPictureError for what is no whole picture.
 */
export async function readMask(
  open: typeof Open,
  bytes: Buffer,
  where: string,
): Promise<StoredMask> {
  const isPng = bytes.subarray(0, 8).equals(SIGNATURE) && bytes.length > 33
  const kind = isPng ? bytes[25] : undefined
  if (kind !== GREY && kind !== PALETTE) return seen(open, bytes, where)
  const size = sizeOf(bytes, where)
  const isInterlaced = bytes[28] === 1
  // Numbers of fewer bits than a byte are interlaced by bits.
  return size.depth < 8 && isInterlaced
    ? interlacedNumbers(open, bytes, where, size)
    : storedNumbers(bytes, where, size)
}

interface Size {
  readonly width: number
  readonly height: number
  /** Bits of a pixel. */
  readonly depth: number
}

function sizeOf(bytes: Buffer, where: string): Size {
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) {
    throw broken(where, `${width} by ${height} pixels`)
  }
  return { width, height, depth: bytes[24]! }
}

function broken(where: string, reason: string, cause?: unknown): BrokenPictureError {
  return new BrokenPictureError({ where, expected: `must be a whole PNG (${reason})`, cause })
}

async function interlacedNumbers(
  open: typeof Open,
  bytes: Buffer,
  where: string,
  size: Size,
): Promise<StoredMask> {
  const made = numbersPng(bytes)
  if (made === undefined) throw broken(where, 'it is cut')
  const { data, info } = await reading(where, () =>
    open(made.png, { failOn: 'error' }).raw({ depth: 'uchar' }).toBuffer({
      resolveWithObject: true,
    }),
  )
  const { channels } = info
  const { width, height } = size
  const numbers = Uint8Array.from({ length: width * height }, (_, at) => data[at * channels]!)
  return maskOf(numbers, made.palette, size)
}

function maskOf(
  numbers: ArrayLike<number>,
  palette: readonly (readonly number[])[] | undefined,
  { width, height, depth }: Size,
): StoredMask {
  const most = 2 ** depth - 1
  return {
    width,
    height,
    numbers,
    colour(pixel) {
      const number = numbers[pixel]!
      const [red, green, blue] = palette?.[number] ?? grey(number, most)
      return (red! << 16) | (green! << 8) | blue!
    },
  }
}

function storedNumbers(bytes: Buffer, where: string, size: Size): StoredMask {
  let found: ReturnType<typeof decode>
  try {
    found = decode(bytes, { checkCrc: true })
  } catch (cause) {
    throw broken(where, reasonOf(cause), cause)
  }
  const numbers = size.depth < 8 ? unpacked(found.data, size) : found.data
  if (numbers.length < size.width * size.height) throw broken(where, 'its data is cut')
  return maskOf(numbers, found.palette, size)
}

function grey(number: number, most: number): number[] {
  const value = Math.round((255 * number) / most)
  return [value, value, value]
}

/** Rows of bits, each beginning with a byte of its own. */
function unpacked(data: ArrayLike<number>, { width, height, depth }: Size): Uint8Array {
  const line = Math.ceil((width * depth) / 8)
  const numbers = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const bit = x * depth
      const byte = data[y * line + (bit >> 3)]!
      numbers[y * width + x] = (byte >> (8 - depth - (bit & 7))) & (2 ** depth - 1)
    }
  }
  return numbers
}

async function seen(open: typeof Open, bytes: Buffer, where: string): Promise<StoredMask> {
  const { data, info } = await reading(where, async () => {
    const image = await openPicture(open, where, bytes)
    return image.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({
      resolveWithObject: true,
    })
  })
  const { width, height, channels } = info
  const at = (pixel: number, channel: number) =>
    data[pixel * channels + Math.min(channel, channels - 1)]!
  const numbers = new Uint8Array(width * height)
  let isGrey = true
  for (let pixel = 0; isGrey && pixel < numbers.length; pixel++) {
    const value = at(pixel, 0)
    numbers[pixel] = value
    isGrey = at(pixel, 1) === value && at(pixel, 2) === value
  }
  return {
    width,
    height,
    ...(isGrey && { numbers }),
    colour: (pixel) => (at(pixel, 0) << 16) | (at(pixel, 1) << 8) | at(pixel, 2),
  }
}
