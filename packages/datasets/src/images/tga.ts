import type { PictureSize } from './most-pixels.ts'

/** Of the header, in bytes. */
const HEADER = 18
/** Kinds of picture: with a palette, in colour, in grey; the same run-length encoded. */
const KINDS = [1, 2, 3, 9, 10, 11]
const GREY = 3
const GREY_KINDS = [GREY, 11]
const DEPTHS = [1, 8, 15, 16, 24, 32]

/**
 * Whether a file may be a Truevision TGA. It has no magic number, only a header whose fields make sense together; no other format that is read
 * has such a one.
 */
export function isTga(bytes: Buffer): boolean {
  if (bytes.length < HEADER) return false
  const [palette, kind] = [bytes[1]!, bytes[2]!]
  return (
    palette <= 1 &&
    KINDS.includes(kind) &&
    (palette === 1 || kind % 8 !== 1) &&
    bytes.readUInt16LE(12) > 0 &&
    bytes.readUInt16LE(14) > 0 &&
    DEPTHS.includes(bytes[16]!) &&
    bytes[17]! < 64
  )
}

/** What its header says of its size. */
export function sizeOfTga(bytes: Buffer): PictureSize {
  return { width: bytes.readUInt16LE(12), height: bytes.readUInt16LE(14) }
}

/**
 * A TGA of grey with transparency as one of grey alone, as ImageMagick takes its 16 bits for colours of 5 bits each. Others as they are.
 *
 * @throws Error when it is cut short.
 */
export function withoutGreyAlpha(bytes: Buffer): Buffer {
  const kind = bytes[2]!
  if (!GREY_KINDS.includes(kind) || bytes[16] !== 16) return bytes
  const { width, height } = sizeOfTga(bytes)
  const count = width * height
  const header = Buffer.from(bytes.subarray(0, HEADER))
  // No note, no palette, grey as it is, 8 bits, no transparency.
  header.set([0, 0, GREY], 0)
  header.fill(0, 3, 8)
  header[16] = 8
  header[17] = header[17]! & ~0b1111
  const start = HEADER + bytes[0]!
  return Buffer.concat([header, greys(bytes.subarray(start), count, kind !== GREY)])
}

/** The first byte of every pixel of two; a packet of run-length encoding repeats one pixel, or is as many as it says. */
function greys(data: Buffer, count: number, isEncoded: boolean): Buffer {
  if (count > data.length * 64) throw new Error('the picture is cut short')
  const found = Buffer.alloc(count)
  let at = 0
  for (let filled = 0; filled < count; ) {
    const packet = isEncoded ? data[at++]! : 0
    const length = Math.min(isEncoded ? (packet & 127) + 1 : count, count - filled)
    const repeats = packet > 127
    if (at + (repeats ? 2 : 2 * length) > data.length) throw new Error('the picture is cut short')
    for (let i = 0; i < length; i++) found[filled + i] = data[at + (repeats ? 0 : 2 * i)]!
    at += repeats ? 2 : 2 * length
    filled += length
  }
  return found
}
