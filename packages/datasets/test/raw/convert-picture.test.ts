import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DataError, EngineError } from '@ashlar/errors'
import { tieredSuite } from '@ashlar/test-support'
import sharp from 'sharp'
import * as assert from 'uvu/assert'
import { pictureConverter } from '../../src/raw/index.ts'
import { qoiBomb } from '../support/bombs.ts'
import { rejects } from '../support/errors.ts'
import { moduleOf } from '../support/module-of.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('pictures of any format as PNG')

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

slow('upright, of 8 bits, and no larger than asked for', async () => {
  const turned = await made()
    .withMetadata({ orientation: 6 })
    .toColourspace('rgb16')
    .tiff()
    .toBuffer()
  const { width, height } = await pixelsOf(await pictureConverter({ longest: 4 })(turned))
  assert.equal([width, height], [3, 4])
})

test('one that is cut short is refused, in words for who knows no experiment', async () => {
  const tiff = await made().tiff({ compression: 'lzw' }).toBuffer()
  await rejects(
    () => convert(tiff.subarray(0, 40)),
    DataError,
    /^the picture: must be a whole PNG, .* picture \(.*\)\n {2}Save it anew, as PNG for instance, and send that\.$/,
  )
})

test('a whole picture of more pixels than may be is refused', async () => {
  const qoi = qoiBomb({ width: WIDTH, height: HEIGHT })
  assert.is((await pixelsOf(await convert(qoi))).width, WIDTH)
  await rejects(
    () => pictureConverter({ mostPixels: WIDTH * HEIGHT - 1 })(qoi),
    DataError,
    `the picture: must have at most 62 pixels, got "${WIDTH} x ${HEIGHT}"\n  Make it smaller.`,
  )
})

test('what takes long, or much memory, is refused', async () => {
  const tiff = await made().tiff().toBuffer()
  await rejects(
    () => pictureConverter({ seconds: 0.001 })(tiff),
    DataError,
    'the picture: must be read within 0.001 s\n  Make it smaller.',
  )
  await rejects(
    () => pictureConverter({ memory: 20 })(tiff),
    DataError,
    'the picture: must be read in 20 MiB of memory\n  Make it smaller.',
  )
})

/** Does something while processes that are started first run a module of this text. */
async function withModule(text: string, use: () => Promise<void>): Promise<void> {
  const before = process.env.NODE_OPTIONS
  process.env.NODE_OPTIONS = `${before ?? ''} --import ${moduleOf(text)}`
  try {
    await use()
  } finally {
    if (before === undefined) delete process.env.NODE_OPTIONS
    else process.env.NODE_OPTIONS = before
  }
}

/** That a package is missing is told of a picture that it is needed for. */
async function requireTold(name: string, bytes: Buffer): Promise<void> {
  const hook = `export const resolve = (name, context, next) => {
    if (name === '${name}') throw new Error('it is not there')
    return next(name, context)
  }`
  const without = `import { register } from 'node:module'; register('${moduleOf(hook)}')`
  const wanted = `^the picture: the server must be able to read pictures of this format\n  .*: the package ${name} must be installed .*\n  Run: npm install .*`
  await withModule(without, () => rejects(() => convert(bytes), EngineError, new RegExp(wanted)))
}

test('a package that is missing is the fault of the server, and told as such', async () =>
  requireTold('sharp', await made().png().toBuffer()))

slow('so is the one for formats that sharp does not read', () =>
  requireTold('@imagemagick/magick-wasm', qoiBomb({ width: WIDTH, height: HEIGHT })),
)

test('its process knows none of the secrets of this one', () =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'environment')
    process.env.ASHLAR_ADMIN_TOKEN = 'secret of the server'
    const tell = `import { writeFileSync } from 'node:fs'
      writeFileSync(${JSON.stringify(file)}, Object.keys(process.env).join())`
    const tiff = await made().tiff().toBuffer()
    try {
      await withModule(tell, async () => void (await convert(tiff)))
    } finally {
      delete process.env.ASHLAR_ADMIN_TOKEN
    }
    const names = readFileSync(file, 'utf8').split(',')
    assert.ok(names.includes('PATH'))
    assert.not.ok(names.includes('ASHLAR_ADMIN_TOKEN'))
  }))

test('one after the other; too many at a time are sent away', async () => {
  const busy = pictureConverter({ waiting: 1 })
  const tiff = await made().tiff().toBuffer()
  assert.ok(busy.hasRoom())
  const asked = [busy(tiff), busy(tiff)]
  assert.not.ok(busy.hasRoom())
  const told = /^the picture: must wait until fewer pictures are being read/
  await rejects(() => busy(tiff), EngineError, told)
  for (const png of await Promise.all(asked)) assert.is((await pixelsOf(png)).width, WIDTH)
  assert.is((await pixelsOf(await busy(tiff))).width, WIDTH)
})

test.run()
