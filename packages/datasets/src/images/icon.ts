/** The largest picture of an icon or cursor. */
export interface IconPicture {
  readonly format: 'PNG' | 'BMP'
  readonly bytes: Buffer
}

const PNG = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const HEADER = 6
const ENTRY = 16
/** Where a bitmap's height stands, and how long the shortest header is that icons have. */
const HEIGHT = 8
const BITMAP_HEADER = 40
/** The header of a file of one bitmap, and what follows the header of a bitmap without a palette, in which case colours are masked. */
const FILE_HEADER = 14
const MASKS = 12
const MASKED = 3

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
  if (size < BITMAP_HEADER || picture.readUInt32LE(0) < BITMAP_HEADER) {
    throw new Error('the largest picture is neither PNG nor bitmap')
  }
  // The mask of what is transparent follows as a second half, which is dropped with transparency.
  picture.writeInt32LE(Math.trunc(picture.readInt32LE(HEIGHT) / 2), HEIGHT)
  return { format: 'BMP', bytes: Buffer.concat([fileHeader(picture), picture]) }
}

/** What stands before a bitmap in a file of its own: above all where its pixels begin. */
function fileHeader(bitmap: Buffer): Buffer {
  const [length, bits] = [bitmap.readUInt32LE(0), bitmap.readUInt16LE(14)]
  const isMasked = length === BITMAP_HEADER && bitmap.readUInt32LE(16) === MASKED
  const colours = bitmap.readUInt32LE(32) || (bits <= 8 ? 2 ** bits : 0)
  const header = Buffer.alloc(FILE_HEADER)
  header.write('BM', 'latin1')
  header.writeUInt32LE(FILE_HEADER + bitmap.length, 2)
  const start = FILE_HEADER + length + (isMasked ? MASKS : 0) + 4 * colours
  header.writeUInt32LE(Math.min(start, FILE_HEADER + bitmap.length), 10)
  return header
}
