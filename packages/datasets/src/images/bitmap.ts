/** How long the headers are that bitmaps have; the one of 12 bytes, with heights of 16 bits, has not been written for decades. */
const HEADERS = [40, 52, 56, 64, 108, 124]
const SHORTEST = 40
const PLANES = 12
/** The header of a file of one bitmap, and what follows the shortest header of a bitmap whose colours are masked. */
const FILE_HEADER = 14
const MASKS = 12
const MASKED = 3

/** Whether bytes that should be a bitmap, a BMP without the header of a file, can be one. */
export function hasBitmapHeader(bytes: Buffer): boolean {
  return bytes.length >= SHORTEST && bytes.readUInt32LE(0) >= SHORTEST
}

/** Whether a file of any kind is a bitmap. It has no magic number, so more must fit than where one is expected. */
export function isBitmap(bytes: Buffer): boolean {
  if (!hasBitmapHeader(bytes) || !HEADERS.includes(bytes.readUInt32LE(0))) return false
  // One plane, and as many bits for each pixel as there can be.
  return bytes.readUInt16LE(PLANES) === 1 && [1, 4, 8, 16, 24, 32].includes(bytes.readUInt16LE(14))
}

/** A bitmap with what stands before it in a file of its own: above all where its pixels begin. */
export function asBitmapFile(bitmap: Buffer): Buffer {
  const [length, bits] = [bitmap.readUInt32LE(0), bitmap.readUInt16LE(14)]
  const isMasked = length === SHORTEST && bitmap.readUInt32LE(16) === MASKED
  const colours = bitmap.readUInt32LE(32) || (bits <= 8 ? 2 ** bits : 0)
  const header = Buffer.alloc(FILE_HEADER)
  header.write('BM', 'latin1')
  header.writeUInt32LE(FILE_HEADER + bitmap.length, 2)
  const start = FILE_HEADER + length + (isMasked ? MASKS : 0) + 4 * colours
  header.writeUInt32LE(Math.min(start, FILE_HEADER + bitmap.length), 10)
  const file = Buffer.concat([header, bitmap])
  // There never are more planes than one. Pillow does not ask, and icons may say none.
  file.writeUInt16LE(1, FILE_HEADER + PLANES)
  return file
}
