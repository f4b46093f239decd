// Files of few bytes that hold many pixels, or say so.
import { crc32, deflateSync } from 'node:zlib'

interface Size {
  readonly width: number
  readonly height: number
}

/** Lengths of runs that make up so many pixels. */
function runs(pixels: number, longest: number): number[] {
  const whole = Array<number>(Math.floor(pixels / longest)).fill(longest)
  return pixels % longest === 0 ? whole : [...whole, pixels % longest]
}

/** Black, in runs of 62 pixels. */
export function qoiBomb({ width, height }: Size): Buffer {
  const header = Buffer.from('qoif\0\0\0\0\0\0\0\0\x04\0', 'latin1')
  header.writeUInt32BE(width, 4)
  header.writeUInt32BE(height, 8)
  const data = Buffer.from(runs(width * height, 62).map((length) => 0xc0 | (length - 1)))
  return Buffer.concat([header, data, Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])])
}

/** In runs of 128 pixels; of colours, or of grey with transparency. */
export function tgaBomb({ width, height }: Size, kind: 'colours' | 'grey'): Buffer {
  const header = Buffer.alloc(18)
  header[2] = kind === 'colours' ? 10 : 11
  header.writeUInt16LE(width, 12)
  header.writeUInt16LE(height, 14)
  header[16] = kind === 'colours' ? 24 : 16
  header[17] = kind === 'colours' ? 0 : 8
  const size = kind === 'colours' ? 4 : 3
  const lengths = runs(width * height, 128)
  const data = Buffer.alloc(lengths.length * size, 7)
  for (const [at, length] of lengths.entries()) data[at * size] = 0x80 | (length - 1)
  return Buffer.concat([header, data])
}

/** A bit for each pixel. */
export function pbmBomb({ width, height }: Size): Buffer {
  const data = Buffer.alloc(Math.ceil(width / 8) * height, 0x55)
  return Buffer.concat([Buffer.from(`P4\n${width} ${height}\n`), data])
}

/** A PNG that says that it is large, and is not whole. */
export function pngBomb({ width, height }: Size): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}
