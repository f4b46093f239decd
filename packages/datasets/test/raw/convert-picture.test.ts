import { crc32, deflateSync } from 'node:zlib'
import { DataError, EngineError } from '@ashlar/errors'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pictureConverter } from '../../src/raw/index.ts'
import { rejects } from '../support/errors.ts'

const test = suite('pictures of any format as PNG')

const [WIDTH, HEIGHT] = [9, 7]
const PIXELS = Buffer.from(Array.from({ length: WIDTH * HEIGHT * 3 }, (_, at) => (at * 37) % 256))
const made = () => sharp(PIXELS, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })

const convert = pictureConverter()

async function pixelsOf(png: Uint8Array) {
  const { format, depth } = await sharp(png).metadata()
  assert.equal([format, depth], ['png', 'uchar'])
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, data }
}

test('pixel for pixel: TIFF, and what sharp does not read', async () => {
  const ppm = Buffer.concat([Buffer.from(`P6 ${WIDTH} ${HEIGHT} 255\n`), PIXELS])
  for (const bytes of [await made().tiff({ compression: 'lzw' }).toBuffer(), ppm]) {
    assert.equal(await pixelsOf(await convert(bytes)), {
      ...{ width: WIDTH, height: HEIGHT, data: PIXELS },
    })
  }
})

test('upright, of 8 bits, and no larger than asked for', async () => {
  const turned = await made()
    .withMetadata({ orientation: 6 })
    .toColourspace('rgb16')
    .tiff()
    .toBuffer()
  const { width, height } = await pixelsOf(await pictureConverter({ longest: 4 })(turned))
  assert.equal([width, height], [3, 4])
})

test('what is no picture, is cut short, or is a program is refused', async () => {
  const tiff = await made().tiff({ compression: 'lzw' }).toBuffer()
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="5" height="5"/>')
  for (const bytes of [Buffer.from('no picture'), tiff.subarray(0, 40), svg]) {
    await rejects(() => convert(bytes), DataError, /^the picture: must be a /)
  }
})

/** A PNG of a few bytes that says that it is large. */
function bomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
    length.writeUInt32BE(data.length)
    sum.writeUInt32BE(crc32(body))
    return Buffer.concat([length, body, sum])
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(100))),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

test('what would take much memory or long is refused', async () => {
  await rejects(
    () => convert(bomb(12_000, 11_000)),
    DataError,
    /^the picture: must have at most 64000000 pixels, got "12000 x 11000"\n {2}Make it smaller\./,
  )
  // Beyond what sharp itself looks at.
  await rejects(() => convert(bomb(60_000, 60_000)), DataError, /pixel limit/)
  await rejects(
    () => convert(Buffer.from('P6 30000 30000 255\n')),
    DataError,
    /^the picture: must be/,
  )
  const late = pictureConverter({ seconds: 0.001 })
  const tiff = await made().tiff().toBuffer()
  await rejects(() => late(tiff), DataError, /^the picture: must be read within 0\.001 s/)
})

test('one after the other; too many at a time are sent away', async () => {
  const busy = pictureConverter({ waiting: 1 })
  const tiff = await made().tiff().toBuffer()
  const asked = [busy(tiff), busy(tiff)]
  const told = /^the picture: must wait until fewer pictures are being read/
  await rejects(() => busy(tiff), EngineError, told)
  for (const png of await Promise.all(asked)) assert.is((await pixelsOf(png)).width, WIDTH)
  assert.is((await pixelsOf(await busy(tiff))).width, WIDTH)
})

test.run()
