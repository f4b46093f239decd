import { crc32, deflateSync } from 'node:zlib'

/** A PNG of a palette with four bits for each pixel, from rows that begin with their filter. */
export function palettePng(
  rows: Buffer,
  {
    width,
    height,
    palette,
  }: { readonly width: number; readonly height: number; readonly palette: readonly number[] },
): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([4, 3, 0, 0, 0], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(palette)),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** Adam7: first pixel and distance, across and down. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** A picture of few bits for each pixel. */
export interface FewBits {
  readonly width: number
  readonly height: number
  readonly depth: 1 | 2 | 4
  /** Left out for grey. */
  readonly palette?: readonly number[] | undefined
}

/** An interlaced PNG of numbers of less than 8 bits; its rows go through all filters in turn. */
export function interlacedPng(
  numbers: ArrayLike<number>,
  { width, height, depth, palette }: FewBits,
): Buffer {
  const rows: Buffer[] = []
  for (const [left, top, across, down] of PASSES) {
    const places = Array.from(
      { length: Math.ceil((width - left) / across) },
      (_, at) => left + at * across,
    )
    let before = Buffer.alloc(Math.ceil((places.length * depth) / 8))
    for (let y = top; y < height && places.length > 0; y += down) {
      const line = Buffer.alloc(before.length)
      for (const [at, x] of places.entries()) {
        const bit = at * depth
        line[bit >> 3]! |= numbers[y * width + x]! << (8 - depth - (bit & 7))
      }
      rows.push(filtered(line, before, rows.length % 5))
      before = line
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([depth, palette === undefined ? 0 : 3, 0, 0, 1], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    ...(palette === undefined ? [] : [chunk('PLTE', Buffer.from(palette))]),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A row behind the number of its filter. */
function filtered(line: Buffer, above: Buffer, filter: number): Buffer {
  const row = Buffer.from(line)
  for (const at of line.keys()) {
    const [a, b, c] = [line[at - 1] ?? 0, above[at]!, above[at - 1] ?? 0]
    const nearest = [a, b, c].reduce((best, each) =>
      Math.abs(a + b - c - each) < Math.abs(a + b - c - best) ? each : best,
    )
    row[at] = line[at]! - [0, a, b, (a + b) >> 1, nearest][filter]!
  }
  return Buffer.concat([Buffer.of(filter), row])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data])
  const [size, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  size.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([size, body, sum])
}
