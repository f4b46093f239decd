import { asBitmapFile, hasBitmapHeader } from './bitmap.ts'

/** The largest picture of an icon or cursor. */
export interface IconPicture {
  readonly format: 'PNG' | 'BMP'
  readonly bytes: Buffer
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const HEADER = 6
const ENTRY = 16
/** Where a bitmap's height stands. */
const HEIGHT = 8

/**
 * The largest picture of an icon, as Pillow takes it; of several of one size the one with most data.
 *
 * @throws Error when the icon says what cannot be.
 */
export function largestOfIcon(bytes: Buffer): IconPicture {
  const count = bytes.readUInt16LE(4)
  if (bytes.length < HEADER + count * ENTRY) throw new Error('the list of pictures is cut short')
  const entries = Array.from({ length: count }, (_, index) => {
    const at = HEADER + index * ENTRY
    return {
      // A byte, in which 0 stands for 256.
      area: (bytes[at]! || 256) * (bytes[at + 1]! || 256),
      size: bytes.readUInt32LE(at + 8),
      start: bytes.readUInt32LE(at + 12),
    }
  })
  const { start, size } = entries.reduce((best, one) =>
    one.area > best.area || (one.area === best.area && one.size > best.size) ? one : best,
  )
  const picture = Buffer.from(bytes.subarray(start, start + size))
  if (size === 0 || picture.length < size) throw new Error('the largest picture is cut short')
  if (picture.subarray(0, PNG.length).equals(PNG)) return { format: 'PNG', bytes: picture }
  if (!hasBitmapHeader(picture)) {
    throw new Error('the largest picture is neither PNG nor bitmap')
  }
  // The mask of what is transparent follows as a second half, which is dropped with transparency.
  picture.writeInt32LE(Math.trunc(picture.readInt32LE(HEIGHT) / 2), HEIGHT)
  return { format: 'BMP', bytes: asBitmapFile(picture) }
}
