import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { runChild, sampleSize } from '@ashlar/test-support'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('memory of streams')

/** Pictures of the larger folder: `ASHLAR_PICTURES`, or as many as take a minute. */
const MANY = Number(process.env.ASHLAR_PICTURES ?? sampleSize(20_000, 10_000))
const FEW = 2000

/** JPEGs of 64 by 64, in two classes; beyond `FEW` they are copies. */
async function writeJpegs(folder: string, count: number): Promise<void> {
  const pathOf = (at: number) =>
    join(folder, at % 2 ? 'odd' : 'even', `${String(at).padStart(6, '0')}.jpg`)
  for (const name of ['odd', 'even']) await mkdir(join(folder, name), { recursive: true })
  for (let at = 0; at < Math.min(FEW, count); at++) {
    const pixels = Uint8Array.from(
      { length: 64 * 64 * 3 },
      (_, place) => 128 + 100 * Math.sin(place / (20 + (at % 37)) + at),
    )
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toFile(pathOf(at))
  }
  for (let at = FEW; at < count; at++) await copyFile(pathOf(at % FEW), pathOf(at))
}

interface Measured {
  readonly samples: number
  readonly rss: number
}

async function measured(folder: string): Promise<Measured> {
  const { code, out, err } = await runChild(
    new URL('../support/stream-pictures.ts', import.meta.url),
    { args: [folder, 'stream', '4', '260'] },
  )
  assert.is(code, 0, err)
  return JSON.parse(out.trim().split('\n').at(-1)!) as Measured
}

test(`that of ${MANY} pictures is within 5 % of that of ${FEW}`, () =>
  withTempFolder(async (folder) => {
    await writeJpegs(join(folder, 'few'), FEW)
    await writeJpegs(join(folder, 'many'), MANY)
    const few = await measured(join(folder, 'few'))
    const many = await measured(join(folder, 'many'))
    assert.is(many.samples, 0.9 * MANY)
    const more = many.rss / few.rss - 1
    assert.ok(
      more < 0.05,
      `${(100 * more).toFixed(1)} % more: ${(many.rss / 2 ** 20).toFixed()} MiB of ${MANY}, ${(few.rss / 2 ** 20).toFixed()} of ${FEW}`,
    )
  }))

test.run()
