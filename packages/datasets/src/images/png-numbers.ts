import { crc32 } from 'node:zlib'

const SIGNATURE = 8
/** Length, name and checksum of a chunk. */
const AROUND = 12
const PALETTE = 3

/** A PNG whose colours are the numbers that another stores. */
export interface NumbersPng {
  readonly png: Buffer
  /** Red, green and blue by number; left out where the numbers are greys. */
  readonly palette?: readonly (readonly number[])[] | undefined
}

/**
 * The same picture with a palette of greys that are the numbers themselves: whoever decodes it gives the numbers that it stores. A grey of so few bits is stored as a place of a palette is.
 *
 * @param bytes a PNG in grey or with a palette, of at most 8 bits.
 * @returns undefined for one that is cut between its chunks.
 */
export function numbersPng(bytes: Buffer): NumbersPng | undefined {
  const header = Buffer.from(bytes.subarray(SIGNATURE + 8, SIGNATURE + 8 + 13))
  const numbers = 2 ** header[8]!
  header[9] = PALETTE
  const greys = Buffer.from(Array.from({ length: numbers }, (_, at) => [at, at, at]).flat())
  const parts = [bytes.subarray(0, SIGNATURE), chunk('IHDR', header), chunk('PLTE', greys)]
  let palette: number[][] | undefined
  for (let at = SIGNATURE; ; ) {
    if (at + AROUND > bytes.length) return undefined
    const size = bytes.readUInt32BE(at)
    const end = at + AROUND + size
    if (end > bytes.length) return undefined
    const name = bytes.toString('latin1', at + 4, at + 8)
    const data = bytes.subarray(at + 8, at + 8 + size)
    if (name === 'PLTE') {
      palette = Array.from({ length: Math.floor(size / 3) }, (_, place) => [
        ...data.subarray(3 * place, 3 * place + 3),
      ])
    }
    // Profiles and transparency would change what comes out.
    if (name === 'IDAT' || name === 'IEND') parts.push(bytes.subarray(at, end))
    if (name === 'IEND') return { png: Buffer.concat(parts), palette }
    at = end
  }
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, sum])
}
