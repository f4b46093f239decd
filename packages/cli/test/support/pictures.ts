import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

/** Classes of the pictures of {@link writePictures}. */
export const PICTURE_CLASSES = ['blue', 'red'] as const

/**
 * Writes pictures that are red or blue, each another shade, in a folder for each class.
 *
 * @returns their paths, class by class.
 */
export async function writePictures(folder: string, each: number, size = 12): Promise<string[]> {
  const files: string[] = []
  for (const name of PICTURE_CLASSES) {
    await mkdir(join(folder, name), { recursive: true })
    for (let at = 0; at < each; at++) {
      const [much, little] = [255 - 5 * at, 3 * at]
      const background = { r: little, g: 7 * at, b: much }
      if (name === 'red') Object.assign(background, { r: much, b: little })
      const file = join(folder, name, `${at}.png`)
      const create = { width: size, height: size, channels: 3 as const, background }
      await sharp({ create }).toFile(file)
      files.push(file)
    }
  }
  return files
}
