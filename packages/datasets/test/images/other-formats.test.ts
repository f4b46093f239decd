import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DataError } from '@ashlar/errors'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BrokenPictureError } from '../../src/images/broken-picture.ts'
import { type ImageSize, imageDecoder } from '../../src/images/decode-image.ts'
import { rejects } from '../support/errors.ts'
import { pictures } from '../support/pillow-pictures.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('pictures that sharp does not read')
const size: ImageSize = { height: 2, width: 2, channels: 3, fit: 'fill' }

const COLOUR = [255, 0, 10, 20, 30, 40, 1, 2, 3, 250, 240, 230]
const thrice = (greys: readonly number[]) => greys.flatMap((grey) => [grey, grey, grey])
const GREY = thrice([77, 28, 2, 242])
const BITS = thrice([0, 0, 0, 255])

/** What Pillow makes of each. */
const WANTED: Readonly<Record<string, readonly number[]>> = {
  'colour.bmp': COLOUR,
  'alpha.bmp': COLOUR,
  'palette.bmp': COLOUR,
  'bits.bmp': BITS,
  'colour.ppm': COLOUR,
  'grey.pgm': GREY,
  'bits.pbm': BITS,
  'grey-16.pgm': thrice([255, 1, 0, 18]),
  'png.ico': COLOUR,
  'bitmap.ico': COLOUR,
  'palette.ico': COLOUR,
  'colour.tga': COLOUR,
  'encoded.tga': COLOUR,
  'grey-alpha.tga': GREY,
  'encoded-grey-alpha.tga': GREY,
  'colour.qoi': COLOUR,
  'colour.jp2': COLOUR,
  'colour.dds': COLOUR,
  'ycbcr.tif': [253, 0, 7, 19, 30, 38, 0, 1, 1, 248, 239, 228],
}

const bytesOf = (name: string) => Buffer.from(pictures[name]!, 'base64')

/** What a file of these bytes is read as; its name says nothing. */
async function read(bytes: Uint8Array, changes: Partial<ImageSize> = {}): Promise<number[]> {
  let pixels: Uint8Array | undefined
  await withTempFolder(async (folder) => {
    const path = join(folder, 'picture.png')
    await writeFile(path, bytes)
    pixels = await (await imageDecoder({ ...size, ...changes }))(path)
  })
  return [...(pixels ?? [])]
}

test('are read as Pillow reads them, whatever they are called', async () => {
  for (const [name, wanted] of Object.entries(WANTED)) {
    const found = await read(bytesOf(name))
    const apart = found.map((one, i) => Math.abs(one - wanted[i]!))
    assert.ok(found.length === 12 && Math.max(...apart) <= 1, `${name}: ${found}`)
  }
  const sgi = Buffer.alloc(524)
  sgi.set([0x01, 0xda, 0, 1, 0, 3, 0, 2, 0, 2, 0, 3])
  sgi.writeUInt32BE(255, 16)
  // Planes, from the last row up.
  sgi.set([1, 250, 255, 20, 2, 240, 0, 30, 3, 230, 10, 40], 512)
  assert.equal(await read(sgi), COLOUR)
})

test('are read in formats that need no compression', async () => {
  const rows = [COLOUR.slice(0, 6), COLOUR.slice(6)]
  const planes = [0, 1, 2].map((channel) => COLOUR.filter((_, i) => i % 3 === channel))
  const sun = Buffer.alloc(32)
  for (const [i, word] of [0x59a66a95, 2, 2, 24, 12, 3, 0, 0].entries()) {
    sun.writeUInt32BE(word, 4 * i)
  }
  assert.equal(await read(Buffer.concat([sun, Buffer.from(COLOUR)])), COLOUR)
  // Three channels of two rows and two columns, 8 bits each, in red, green and blue; no palette, resources or layers; not packed.
  const psd = [0, 1, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 8, 0, 3]
  const parts = [Buffer.from('8BPS'), Buffer.from([...psd, ...new Array(14).fill(0)])]
  assert.equal(await read(Buffer.concat([...parts, Buffer.from(planes.flat())])), COLOUR)
  assert.equal(await read(bytesOf('colour.bmp').subarray(14)), COLOUR)
  const xbm = '#define a_width 2\n#define a_height 2\nstatic char a_bits[] = {\n0x02, 0x01 };\n'
  assert.equal(await read(Buffer.from(xbm)), thrice([0, 255, 255, 0]))
  assert.equal(
    await read(
      pcx(
        8,
        3,
        rows.flatMap((row) => [0, 1, 2].flatMap((channel) => [row[channel]!, row[channel + 3]!])),
      ),
    ),
    COLOUR,
  )
  assert.equal(await read(pcx(1, 1, [0x40, 0, 0x80, 0])), thrice([0, 255, 255, 0]))
  const palette = new Array(768).fill(0)
  palette.splice(0, 12, ...COLOUR)
  const indexed = pcx(8, 1, [0, 1, 2, 3])
  assert.equal(await read(Buffer.concat([indexed, Buffer.from([12, ...palette])])), COLOUR)
  // Its palette would be taken from elsewhere.
  for (const end of [[], [12, ...palette, 0], [12, ...palette].slice(1)]) {
    const error = await read(Buffer.concat([indexed, Buffer.from(end)])).catch((thrown) => thrown)
    assert.instance(error, BrokenPictureError)
    assert.match(error.message, /it does not end with its palette/)
  }
})

/** A PCX of two by two pixels; bytes of 192 and more are runs of one. */
function pcx(bits: number, planes: number, lines: readonly number[]): Buffer {
  const header = Buffer.alloc(128)
  header.set([10, 5, 1, bits, 0, 0, 0, 0, 1, 0, 1, 0, 72, 0, 72, 0])
  header.set([planes, 2, 0, 1], 65)
  return Buffer.concat([
    header,
    Buffer.from(lines.flatMap((value) => (value >= 192 ? [193, value] : [value]))),
  ])
}

test('give grey as grey', async () => {
  assert.equal(await read(bytesOf('grey.pgm'), { channels: 1 }), [77, 28, 2, 242])
})

test('are read by their text, with comments and any largest value', async () => {
  const ascii = (text: string) => read(Buffer.from(text), { channels: 1 })
  assert.equal(await ascii('P1 # ink\n2 2\n0 1\n1 0\n'), [255, 0, 0, 255])
  assert.equal(await ascii('P2\n2 2\n15\n0 15 5 3\n'), [0, 255, 85, 51])
  assert.equal(await read(Buffer.from('P3 2 2 1 1 0 0  0 1 0  0 0 1  1 1 1')), [
    ...[255, 0, 0, 0, 255, 0],
    ...[0, 0, 255, 255, 255, 255],
  ])
})

test('are read with bytes behind them, and are broken when they are cut short', async () => {
  for (const name of Object.keys(WANTED)) {
    const whole = bytesOf(name)
    assert.ok(await read(Buffer.concat([whole, Buffer.from('garbage')])), name)
    // So many bytes at the end say nothing.
    const end = name.endsWith('.tga') ? -27 : name.endsWith('.qoi') ? -9 : -1
    const error = await read(whole.subarray(0, end)).catch((thrown) => thrown)
    // What a TIFF ends with need not be its pixels.
    if (!name.endsWith('.tif')) assert.instance(error, BrokenPictureError, name)
  }
})

test('take no more memory than their pixels, whatever they say of their size', async () => {
  const vast = bytesOf('colour.bmp')
  vast.writeInt32LE(2 ** 30, 18)
  vast.writeInt32LE(2 ** 30, 22)
  const tga = bytesOf('grey-alpha.tga')
  tga.fill(255, 12, 16)
  for (const bytes of [vast, tga, Buffer.from('P6 1000000 1000000 255 '), Buffer.alloc(99, 1)]) {
    assert.instance(await read(bytes).catch((error) => error), BrokenPictureError)
  }
  // And the next one is read.
  assert.equal(await read(bytesOf('colour.bmp')), COLOUR)
})

test('are refused where their samples would be taken for others', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'picture.jp2')
    const decode = await imageDecoder(size)
    for (const name of ['cmyk.jp2', 'grey-alpha.j2k']) {
      await writeFile(path, bytesOf(name))
      await rejects(
        () => decode(path),
        BrokenPictureError,
        `${path}: must be a JPEG 2000 picture in colours of light or in grey, not in CMYK, nor a codestream of grey with transparency\n  Convert it, to PNG for instance.`,
      )
    }
  }))

test('icons whose bitmap says nothing of its planes are read', async () => {
  const icon = bytesOf('bitmap.ico')
  icon.writeUInt16LE(0, icon.readUInt32LE(18) + 12)
  assert.equal(await read(icon), COLOUR)
})

test('icons that say what cannot be are broken', async () => {
  const icon = bytesOf('bitmap.ico')
  const changed = (at: number, value: number) => {
    const copy = Buffer.from(icon)
    copy.writeUInt32LE(value, at)
    return copy
  }
  for (const [bytes, reason] of [
    [icon.subarray(0, 12), /the list of pictures is cut short/],
    [changed(14, 1000), /the largest picture is cut short/],
    [changed(18, 2 ** 31), /the largest picture is cut short/],
    [changed(22, 12), /neither PNG nor bitmap/],
  ] as const) {
    const error = await read(bytes).catch((thrown) => thrown)
    assert.instance(error, BrokenPictureError)
    assert.match(error.message, reason)
  }
})

test('name the command that installs their reader, which nothing else needs', () =>
  withTempFolder(async (folder) => {
    const decode = await imageDecoder(size, { magick: () => Promise.reject(new Error('no such')) })
    const path = join(folder, 'picture')
    await writeFile(path, bytesOf('colour.bmp'))
    await rejects(
      () => decode(path),
      DataError,
      `${path}: the package @imagemagick/magick-wasm must be installed to read pictures of this format\n  Run: npm install @imagemagick/magick-wasm`,
    )
    const error = await decode(path).catch((thrown) => thrown)
    assert.not.instance(error, BrokenPictureError)
    await writeFile(path, bytesOf('png.ico'))
    assert.equal([...(await decode(path))], COLOUR)
    await sharp({ create: { width: 2, height: 2, channels: 3, background: 'white' } })
      .png()
      .toFile(path)
    assert.equal([...(await decode(path))], Array(12).fill(255))
  }))

test.run()
