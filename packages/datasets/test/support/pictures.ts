import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

/** Writes a picture of one colour; its format follows the ending of the path. */
export async function writePicture(
  path: string,
  [r, g, b]: readonly [number, number, number],
  { width, height }: { readonly width: number; readonly height: number } = { width: 6, height: 4 },
): Promise<void> {
  await sharp({ create: { width, height, channels: 3, background: { r, g, b } } }).toFile(path)
}

/** Writes folders `cat` and `dog` of pictures, each picture of its own colour, half PNG and half JPEG. */
export async function writePictureFolder(folder: string, each: number): Promise<void> {
  for (const [label, name] of ['cat', 'dog'].entries()) {
    await mkdir(join(folder, name), { recursive: true })
    for (let i = 0; i < each; i++) {
      const path = join(folder, name, `${String(i).padStart(3, '0')}.${i % 2 ? 'jpg' : 'png'}`)
      await writePicture(path, [label * 200, i * 10, 50])
    }
  }
}
