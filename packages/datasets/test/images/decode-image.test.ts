import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BrokenPictureError } from '../../src/images/broken-picture.ts'
import { type ImageSize, imageDecoder } from '../../src/images/decode-image.ts'
import { plainJpeg } from '../../src/images/plain-jpeg.ts'
import { turboJpeg } from '../../src/images/turbo-jpeg.ts'
import { rejects } from '../support/errors.ts'
import { writePicture } from '../support/pictures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('imageDecoder')
const size: ImageSize = { height: 1, width: 2, channels: 3, fit: 'fill' }

/** A TIFF of one row of 32-bit floats, which sharp reads and does not write. */
function floatTiff(row: readonly number[]): Buffer {
  const LONG = 4
  const tags = [
    ...[
      [256, row.length],
      [257, 1],
      [258, 32],
      [259, 1],
      [262, 1],
    ],
    ...[
      [273, 8],
      [277, 1],
      [278, 1],
      [279, row.length * 4],
      [339, 3],
    ],
  ]
  const head = Buffer.from([0x49, 0x49, 42, 0, 8 + row.length * 4, 0, 0, 0])
  const samples = Buffer.alloc(row.length * 4)
  row.forEach((value, i) => {
    samples.writeFloatLE(value, i * 4)
  })
  const entries = tags.map(([tag = 0, value = 0]) => {
    const entry = Buffer.alloc(12)
    entry.writeUInt16LE(tag)
    entry.writeUInt16LE(LONG, 2)
    entry.writeUInt32LE(1, 4)
    entry.writeUInt32LE(value, 8)
    return entry
  })
  return Buffer.concat([head, samples, Buffer.of(tags.length, 0), ...entries, Buffer.alloc(4)])
}

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

const RED = { r: 250, g: 20, b: 20 }
const red = (options: object = {}) =>
  sharp({ create: { width: 32, height: 16, channels: 3, background: RED }, ...options })

test('reads every format that it names, whatever the name of the file says', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'picture')
    const decode = await imageDecoder(size)
    for (const format of ['png', 'jpeg', 'webp', 'gif', 'tiff', 'avif'] as const) {
      await writeFile(path, await red().toFormat(format).toBuffer())
      const [r, g, b] = await decode(path)
      assert.ok(r! > 235 && g! < 40 && b! < 40, `${format}: ${r}, ${g}, ${b}`)
    }
  }))

test('a grey picture shows a background in its colour, through what is transparent and beside it', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'grey.png')
    const raw = { width: 2, height: 1, channels: 2 } as const
    const grey = sharp(Buffer.of(100, 255, 200, 0), { raw }).toColourspace('b-w')
    await writeFile(path, await grey.png().toBuffer())
    const below = { height: 2, width: 2, fit: 'contain', background: '#3366cc' } as const
    const blue = [0x33, 0x66, 0xcc]
    const colour = await imageDecoder({ ...below, channels: 3 })
    const kept = [100, 100, 100]
    const found = [...(await colour(path))]
    assert.equal(found.slice(0, 6), [...kept, ...blue])
    assert.equal(found.slice(6), [...blue, ...blue])
    const inGrey = await imageDecoder({ ...below, channels: 1 })
    const [first, second] = await inGrey(path)
    assert.is(first, 100)
    assert.ok(Math.abs(second! - 102) < 8, String(second))
  }))

test('reads palettes, single bits, CMYK, and the first frame of an animation', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'picture')
    const decode = await imageDecoder(size)
    const read = async (bytes: Buffer) => {
      await writeFile(path, bytes)
      return [...(await decode(path))]
    }
    const near = (pixels: readonly number[], wanted: readonly number[]) =>
      assert.ok(
        pixels.slice(0, 3).every((value, i) => Math.abs(value - wanted[i]!) < 25),
        `${pixels}`,
      )
    near(await read(await red().png({ palette: true, colours: 2 }).toBuffer()), [250, 20, 20])
    near(await read(await red().toColourspace('cmyk').jpeg().toBuffer()), [250, 20, 20])
    const white = await red()
      .threshold(1)
      .toColourspace('b-w')
      .png({ palette: true, colours: 2 })
      .toBuffer()
    near(await read(white), [255, 255, 255])
    const frames = Buffer.concat([Buffer.alloc(48, 200), Buffer.alloc(48, 10)])
    const raw = { width: 4, height: 8, channels: 3, pageHeight: 4 } as const
    for (const format of ['gif', 'webp'] as const) {
      const animation = sharp(frames, { raw, animated: true }).toFormat(format)
      near(await read(await animation.toBuffer()), [200, 200, 200])
    }
  }))

test('reads what decoders repair, as Pillow does, and refuses what is cut short or does not unpack', () =>
  withTempFolder(async (folder) => {
    const jpeg = await red().jpeg().toBuffer()
    const png = await red().png().toBuffer()
    const [tables, scan] = [0xdb, 0xda].map((marker) => jpeg.indexOf(Buffer.of(0xff, marker)))
    const inserted = (at: number, bytes: Uint8Array) =>
      Buffer.concat([jpeg.subarray(0, at), bytes, jpeg.subarray(at)])
    const changed = Buffer.from(png)
    changed[png.indexOf('IDAT') + 8]! ^= 255
    const decode = await imageDecoder(size)
    const verdicts = new Map<string, string>()
    for (const [name, bytes] of Object.entries({
      'stray bytes': inserted(tables!, Buffer.alloc(2)),
      'many stray bytes': inserted(tables!, Buffer.from('abcdefgh'.repeat(20))),
      'stray bytes before the scan': inserted(scan!, Buffer.alloc(3)),
      'bytes behind the picture': Buffer.concat([jpeg, Buffer.alloc(99, 1)]),
      'a chunk behind the picture': Buffer.concat([png, Buffer.alloc(99, 1)]),
      'no last chunk': png.subarray(0, -12),
      'a cut JPEG': jpeg.subarray(0, -20),
      'a JPEG without its end': jpeg.subarray(0, -2),
      'a cut PNG': png.subarray(0, -30),
      'a PNG that does not unpack': changed,
      nothing: Buffer.alloc(0),
    })) {
      const path = join(folder, name)
      await writeFile(path, bytes)
      const found = await decode(path).catch((error) => error)
      if (found instanceof Error) assert.instance(found, BrokenPictureError)
      else assert.ok(found[0]! > 235 && found[1]! < 40, `${name}: ${found}`)
      verdicts.set(name, found instanceof Error ? 'broken' : 'read')
    }
    assert.equal(
      [...verdicts.values()].join(' '),
      'read read read read read read broken broken broken broken broken',
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
      /picture\.jpg: must be a whole PNG, .* or TGA picture \(.*unsupported image format/,
    )
    await writePicture(path, [1, 2, 3], { width: 100, height: 100 })
    const whole = await sharp(path).toBuffer()
    await writeFile(path, whole.subarray(0, whole.length - 150))
    await rejects(
      () => decode(path),
      DataError,
      /picture\.jpg: must be a whole PNG, .* or TGA picture \(.+\)\n {2}Get the file again, or leave it out/,
    )
    await writeFile(path, '<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>')
    await rejects(
      () => decode(path),
      DataError,
      `${path}: must be a PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP, PNM, ICO, JPEG 2000, SGI, QOI, DDS, PSD, Sun raster, XBM, DIB, PCX or TGA picture, got "svg"`,
    )
    await writeFile(path, floatTiff([0, 0.5]))
    await rejects(
      () => decode(path),
      DataError,
      `${path}: must be a picture of 8 or 16 bits for each sample, got "float"\n  Only you know which values are black and white: convert it.`,
    )
    await rejects(
      () => decode(join(folder, 'none.png')),
      DataError,
      /none\.png: must be readable \(no such file or directory\)$/,
    )
  }))

test('names the command that installs sharp when it is missing', async () => {
  await rejects(
    () => imageDecoder(size, { sharp: () => Promise.reject(new Error('not found')) }),
    DataError,
    'pictures: the package sharp must be installed to read pictures\n  Run: npm install sharp. BMP and other rare formats take one more: npm install sharp @imagemagick/magick-wasm',
  )
})

test('a plain JPEG of any number of pixels is what sharp makes of it', async () => {
  for (const [width, height] of [
    [1, 1],
    [3, 1],
    [2, 3],
    [5, 5],
    [8, 3],
    [9, 7],
  ] as const) {
    const pixels = Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 37) % 256)
    const raw = { raw: { width, height, channels: 3 } } as const
    for (const channels of [1, 3] as const) {
      const image = channels === 1 ? sharp(pixels, raw).toColourspace('b-w') : sharp(pixels, raw)
      const jpeg = await image.jpeg({ quality: 95 }).toBuffer()
      assert.equal(plainJpeg(jpeg, channels), { width, height })
      const expected = await sharp(jpeg)
        .toColourspace(channels === 1 ? 'b-w' : 'srgb')
        .raw()
        .toBuffer()
      assert.equal(
        [...turboJpeg(jpeg, { width, height }, channels)!],
        [...expected],
        `${width} by ${height}`,
      )
    }
  }
})

test('a damaged JPEG, and one without tables, leave those after them as they are', async () => {
  const size = { width: 24, height: 17 }
  const pixels = Uint8Array.from({ length: 24 * 17 * 3 }, (_, at) => (at * 29) % 256)
  const jpeg = await sharp(pixels, { raw: { ...size, channels: 3 } })
    .jpeg()
    .toBuffer()
  const expected = [...turboJpeg(jpeg, size, 3)!]
  const damaged = Buffer.from(jpeg)
  // The length of the Huffman tables: the decoder leaves in the midst of its work.
  damaged.fill(0xff, jpeg.indexOf(Buffer.of(0xff, 0xc4)) + 5, jpeg.length - 2)
  // Without tables of its own; those of the picture before do not stand in for them.
  const start = jpeg.indexOf(Buffer.of(0xff, 0xdb))
  const without = Buffer.concat([
    jpeg.subarray(0, start),
    jpeg.subarray(jpeg.indexOf(Buffer.of(0xff, 0xc0))),
  ])
  for (const broken of [damaged, without, jpeg.subarray(0, jpeg.length - 40)]) {
    for (let times = 0; times < 3; times++) assert.is(turboJpeg(broken, size, 3), undefined)
    assert.equal([...turboJpeg(jpeg, size, 3)!], expected)
  }
})

test.run()
