// Opens bombs as a server does, and prints what it was told of each, and how many MiB this process has held at most.
import { loadSharp, openPicture } from '../../src/images/open-picture.ts'
import { pbmBomb, qoiBomb, tgaBomb } from './bombs.ts'

const sharp = await loadSharp()
const size = { width: 16_000, height: 16_000 }
const bombs = [
  () => qoiBomb(size),
  () => tgaBomb(size, 'colours'),
  () => tgaBomb(size, 'grey'),
  () => pbmBomb(size),
]
const told: string[] = []
for (const make of bombs) {
  const opened = openPicture(sharp, 'BOMB', make(), { mostPixels: 64e6 })
  told.push(
    await opened.then(
      () => 'opened',
      (error: Error) => error.message,
    ),
  )
}
process.stdout.write(JSON.stringify({ told, most: process.resourceUsage().maxRSS / 1024 }))
