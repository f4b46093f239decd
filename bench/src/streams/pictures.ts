import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { SIDE } from './protocol.ts'

/** Pictures beyond are copies of these, which are files of their own to whoever reads them. */
const DIFFERENT = 2000

/** Writes JPEGs in folders `odd` and `even`, which differ in how their waves run. */
export async function writePictures(folder: string, count: number): Promise<void> {
  const pathOf = (at: number) =>
    join(folder, at % 2 ? 'odd' : 'even', `${String(at).padStart(6, '0')}.jpg`)
  for (const name of ['odd', 'even']) await mkdir(join(folder, name), { recursive: true })
  for (let at = 0; at < Math.min(DIFFERENT, count); at++) {
    const pixels = Uint8Array.from(
      { length: SIDE * SIDE * 3 },
      (_, place) => 128 + 100 * Math.sin(place / (20 + (at % 37)) + at),
    )
    await sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 3 } })
      .jpeg()
      .toFile(pathOf(at))
  }
  for (let at = DIFFERENT; at < count; at++) await copyFile(pathOf(at % DIFFERENT), pathOf(at))
}
