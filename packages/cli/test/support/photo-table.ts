import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'

/** An experiment of a picture and a table as inputs. */
export const PHOTO_TABLE: string = fileURLToPath(new URL('tiny/photo-table.yaml', import.meta.url))

/** Writes `table.csv` with the paths of pictures of two colours; what a row costs follows from both. */
export async function writePhotoTable(folder: string, count = 80): Promise<string> {
  mkdirSync(join(folder, 'photos'), { recursive: true })
  const rows: string[] = []
  for (let id = 0; id < count; id++) {
    const isRed = (id * 7) % 3 === 0
    const [r, g, b] = isRed ? [210, 40, 50] : [40, 190, 60]
    const shade = (id * 37) % 30
    const [size, kind] = [(id * 11) % 40, id % 4 === 0 ? 'round' : 'flat']
    await sharp({
      create: { width: 12, height: 9, channels: 3, background: { r: r! - shade, g: g!, b: b! } },
    })
      .png()
      .toFile(join(folder, 'photos', `${id}.png`))
    const price = size / 40 + (kind === 'round' ? 0.5 : 0) + (isRed ? 0.25 : 0)
    rows.push(`photos/${id}.png,${size},${kind},${isRed ? 'red' : 'green'},${price}`)
  }
  const path = join(folder, 'table.csv')
  writeFileSync(path, `photo,size,kind,colour,price\n${rows.join('\n')}\n`)
  return path
}
