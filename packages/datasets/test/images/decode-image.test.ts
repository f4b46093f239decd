import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ImageSize, imageDecoder } from '../../src/images/decode-image.ts'
import { rejects } from '../support/errors.ts'
import { writePicture } from '../support/pictures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('imageDecoder')
const size: ImageSize = { height: 1, width: 2, channels: 3, fit: 'fill' }

/** Writes a PNG of raw samples and reads it back by the decoder. */
async function roundTrip(
  folder: string,
  pixels: Uint8Array | Uint16Array,
  raw: { width: number; height: number; channels: 1 | 2 | 3 | 4 },
  changes: Partial<ImageSize> = {},
): Promise<number[]> {
  const path = join(folder, 'picture.png')
  const source = sharp(pixels, { raw })
  await (pixels instanceof Uint16Array ? source.toColourspace('rgb16') : source).png().toFile(path)
  const decode = await imageDecoder({ ...size, ...changes })
  return [...(await decode(path))]
}

test('reads rows of pixels, channels last', () =>
  withTempFolder(async (folder) => {
    const pixels = Uint8Array.of(255, 0, 10, 20, 30, 40, 1, 2, 3, 4, 5, 6)
    assert.equal(
      await roundTrip(folder, pixels, { width: 2, height: 2, channels: 3 }, { height: 2 }),
      [...pixels],
    )
  }))

test('turns grey into colour and colour into grey', () =>
  withTempFolder(async (folder) => {
    const grey = Uint8Array.of(7, 200)
    const raw = { width: 2, height: 1, channels: 1 } as const
    assert.equal(await roundTrip(folder, grey, raw), [7, 7, 7, 200, 200, 200])
    assert.equal(await roundTrip(folder, grey, raw, { channels: 1 }), [7, 200])
    const colour = Uint8Array.of(0, 0, 0, 90, 90, 90)
    const back = { width: 2, height: 1, channels: 3 } as const
    assert.equal(await roundTrip(folder, colour, back, { channels: 1 }), [0, 90])
  }))

test('drops transparency', () =>
  withTempFolder(async (folder) => {
    const pixels = Uint8Array.of(1, 2, 3, 255, 4, 5, 6, 128)
    const raw = { width: 2, height: 1, channels: 4 } as const
    assert.equal(await roundTrip(folder, pixels, raw), [1, 2, 3, 4, 5, 6])
  }))

test('brings 16 bits to 8', () =>
  withTempFolder(async (folder) => {
    const pixels = Uint16Array.of(0, 256 * 100, 65535, 65535, 256 * 50, 0)
    assert.equal(
      await roundTrip(folder, pixels, { width: 2, height: 1, channels: 3 }),
      [0, 100, 255, 255, 50, 0],
    )
  }))

test('fits other proportions as it is told', () =>
  withTempFolder(async (folder) => {
    const row = Uint8Array.of(9, 100, 100, 9)
    const raw = { width: 4, height: 1, channels: 1 } as const
    const square = { height: 2, width: 2, channels: 1 } as const
    const wide = (fit: ImageSize['fit']) =>
      roundTrip(folder, Uint8Array.of(...row, ...row), { ...raw, height: 2 }, { ...square, fit })
    assert.equal(await wide('cover'), [100, 100, 100, 100])
    const [contain, fill] = [await wide('contain'), await wide('fill')]
    assert.is(
      contain.filter((value) => value === 0).length,
      2,
      `one of two rows is black: ${contain}`,
    )
    assert.ok(
      fill.every((value) => value > 40 && value < 70),
      `${fill}`,
    )
  }))

test('turns a photograph upright', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'photo.jpg')
    const pixels = Uint8Array.from({ length: 32 * 16 }, (_, i) => (i % 32 < 16 ? 0 : 255))
    await sharp(pixels, { raw: { width: 32, height: 16, channels: 1 } })
      .jpeg({ quality: 100 })
      .withMetadata({ orientation: 6 })
      .toFile(path)
    const decode = await imageDecoder({ height: 32, width: 16, channels: 1, fit: 'fill' })
    const upright = await decode(path)
    // Left (dark) is at the top after a quarter turn to the right.
    assert.ok(
      upright[0]! < 20 && upright[15]! < 20 && upright.at(-1)! > 235 && upright.at(-16)! > 235,
    )
  }))

test('refuses files that are damaged, of another format, or missing', () =>
  withTempFolder(async (folder) => {
    const decode = await imageDecoder(size)
    const path = join(folder, 'picture.jpg')
    await writeFile(path, 'no picture')
    await rejects(
      () => decode(path),
      DataError,
      /picture\.jpg: must be a whole PNG or JPEG picture \(.*unsupported image format/,
    )
    await writePicture(path, [1, 2, 3], { width: 100, height: 100 })
    const whole = await sharp(path).toBuffer()
    await writeFile(path, whole.subarray(0, whole.length - 150))
    await rejects(
      () => decode(path),
      DataError,
      /picture\.jpg: must be a whole PNG or JPEG picture \(.+\)$/,
    )
    await writeFile(path, await sharp(whole).webp().toBuffer())
    await rejects(
      () => decode(path),
      DataError,
      `${path}: must be a PNG or JPEG picture, got "webp"`,
    )
    await rejects(
      () => decode(join(folder, 'none.png')),
      DataError,
      /none\.png: must be a whole PNG or JPEG picture \(Input file is missing/,
    )
  }))

test('names the command that installs sharp when it is missing', async () => {
  await rejects(
    () => imageDecoder(size, () => Promise.reject(new Error('not found'))),
    DataError,
    'pictures: the package sharp must be installed to read pictures\n  Run: npm install sharp',
  )
})

test.run()
