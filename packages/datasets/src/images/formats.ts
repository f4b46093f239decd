import { asBitmapFile, isBitmap } from './bitmap.ts'
import type { MagickFormatName } from './magick.ts'
import type { PictureSize } from './most-pixels.ts'
import { hasBits, isPcx, requirePcxPalette } from './pcx.ts'
import { isTga, sizeOfTga, withoutGreyAlpha } from './tga.ts'

/** A format that is read, and how. */
export interface PictureFormat {
  /** As messages name it. */
  readonly label: string
  /** How its names end, in lower case. */
  readonly endings: readonly string[]
  /** As sharp calls it, where sharp reads it. */
  readonly sharp?: string
  /** Whether a file is one, by its first bytes; where sharp does not read it. */
  readonly is?: (bytes: Buffer) => boolean
  /** As ImageMagick calls it, where that reads it. */
  readonly magick?: MagickFormatName
  /** Whether ImageMagick takes for black what Pillow takes for white. */
  readonly isNegative?: (bytes: Buffer) => boolean
  /** What a file says of its size, where `prepare` unpacks it. */
  readonly size?: (bytes: Buffer) => PictureSize
  /** What ImageMagick takes amiss put right; throws what it would not notice. */
  readonly prepare?: (bytes: Buffer) => Buffer
}

/** Formats that are read. SVG is a program rather than a picture. TGA comes last: it has no magic number. */
const FORMATS: readonly PictureFormat[] = [
  { label: 'PNG', endings: ['.png'], sharp: 'png' },
  { label: 'JPEG', endings: ['.jpg', '.jpeg', '.jpe', '.jfif'], sharp: 'jpeg' },
  { label: 'WebP', endings: ['.webp'], sharp: 'webp' },
  { label: 'GIF', endings: ['.gif'], sharp: 'gif' },
  { label: 'TIFF', endings: ['.tif', '.tiff'], sharp: 'tiff' },
  { label: 'AVIF', endings: ['.avif'], sharp: 'heif' },
  { label: 'BMP', endings: ['.bmp'], magick: 'BMP', is: starts('BM'), prepare: withTrueLength },
  {
    label: 'PNM',
    endings: ['.pnm', '.pbm', '.pgm', '.ppm'],
    magick: 'PNM',
    is: (bytes) => /^P[1-6][\s#]/.test(bytes.toString('latin1', 0, 3)),
  },
  // Icons and cursors hold pictures, so no program reads them as such. The number of pictures tells them from a TGA.
  {
    label: 'ICO',
    endings: ['.ico', '.cur'],
    is: (bytes) =>
      ['\0\0\x01\0', '\0\0\x02\0'].some((magic) => starts(magic)(bytes)) &&
      bytes.length > 6 &&
      bytes.readUInt16LE(4) > 0,
  },
  {
    label: 'JPEG 2000',
    endings: ['.jp2'],
    magick: 'JP2',
    is: starts('\0\0\0\x0cjP  \r\n\x87\n'),
  },
  {
    label: 'JPEG 2000',
    endings: ['.j2k', '.j2c', '.jpc'],
    magick: 'J2K',
    is: starts('\xff\x4f\xff\x51'),
  },
  {
    label: 'SGI',
    endings: ['.sgi', '.rgb', '.rgba', '.bw'],
    magick: 'SGI',
    is: starts('\x01\xda'),
  },
  { label: 'QOI', endings: ['.qoi'], magick: 'QOI', is: starts('qoif') },
  { label: 'DDS', endings: ['.dds'], magick: 'DDS', is: starts('DDS ') },
  { label: 'PSD', endings: ['.psd'], magick: 'PSD', is: starts('8BPS\0\x01') },
  { label: 'Sun raster', endings: ['.ras', '.sun'], magick: 'SUN', is: starts('\x59\xa6\x6a\x95') },
  { label: 'XBM', endings: ['.xbm'], magick: 'XBM', is: isXbm, isNegative: () => true },
  { label: 'DIB', endings: ['.dib'], magick: 'BMP', is: isBitmap, prepare: asBitmapFile },
  {
    label: 'PCX',
    endings: ['.pcx'],
    magick: 'PCX',
    is: isPcx,
    isNegative: hasBits,
    prepare: requirePcxPalette,
  },
  {
    label: 'TGA',
    endings: ['.tga'],
    magick: 'TGA',
    is: isTga,
    size: sizeOfTga,
    prepare: withoutGreyAlpha,
  },
]

/** The endings of pictures that are read, in lower case. What a picture is its contents say, not its name. */
export const pictureExtensions: readonly string[] = FORMATS.flatMap(({ endings }) => endings)

/** What is read, in words: `PNG, JPEG or TGA`. */
export const readableFormats: string = inWords([...new Set(FORMATS.map(({ label }) => label))])

/** The format of a picture that sharp does not read, or undefined. */
export function otherFormat(bytes: Buffer): PictureFormat | undefined {
  return FORMATS.find(({ is }) => is?.(bytes))
}

/** Whether a format that sharp tells is one that is read by it. */
export function isSharpFormat(name: string): boolean {
  return FORMATS.some(({ sharp }) => sharp === name)
}

/** A BMP that says how long it is: Pillow does not ask, and bytes behind the picture are nobody's. */
function withTrueLength(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  if (changed.length > 6) changed.writeUInt32LE(changed.length, 2)
  return changed
}

/** A picture as text of the language C, perhaps behind a comment. */
function isXbm(bytes: Buffer): boolean {
  return /^\s*(?:\/\*[\s\S]*?\*\/\s*)?#define[ \t]+\S+_width[ \t]+\d+/.test(
    bytes.toString('latin1', 0, 1024),
  )
}

function starts(magic: string): (bytes: Buffer) => boolean {
  const wanted = Buffer.from(magic, 'latin1')
  return (bytes) => bytes.subarray(0, wanted.length).equals(wanted)
}

function inWords(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}`
}
