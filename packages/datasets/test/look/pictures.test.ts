import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { refusal } from '@ashlar/test-support'
import sharp, { type Sharp } from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { hasPictures, lookAtPictures } from '../../src/look/pictures.ts'
import { imageFolder } from '../../src/records/image-folder.ts'
import { type SplitName, splitNames } from '../../src/splits/split-names.ts'
import { createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('what a folder of pictures holds')

/** A BMP of 24 bits, one colour, which sharp does not read. */
function bmp(width: number, height: number, [red, green, blue]: readonly number[]): Buffer {
  const row = Math.ceil((width * 3) / 4) * 4
  const bytes = Buffer.alloc(54 + row * height)
  bytes.write('BM')
  bytes.writeUInt32LE(bytes.length, 2)
  bytes.writeUInt32LE(54, 10)
  bytes.writeUInt32LE(40, 14)
  bytes.writeInt32LE(width, 18)
  bytes.writeInt32LE(height, 22)
  bytes.writeUInt16LE(1, 26)
  bytes.writeUInt16LE(24, 28)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) bytes.set([blue!, green!, red!], 54 + y * row + x * 3)
  }
  return bytes
}

test('pictures are looked at by what reads them for training; broken ones are listed', () =>
  withTempFolder(async (folder) => {
    for (const name of ['a', 'b']) mkdirSync(join(folder, name))
    writeFileSync(join(folder, 'a/one.bmp'), bmp(7, 5, [200, 10, 10]))
    writeFileSync(join(folder, 'a/two.bmp'), bmp(9, 5, [20, 10, 90]))
    writeFileSync(join(folder, 'b/three.bmp'), bmp(11, 6, [2, 100, 10]))
    writeFileSync(join(folder, 'b/cut.bmp'), bmp(11, 6, [2, 100, 10]).subarray(0, 60))
    const facts = await lookAtPictures(folder)
    assert.equal(facts.width, [7, 9, 11])
    assert.equal(facts.height, [5, 5, 6])
    assert.is(facts.isGrey, false)
    assert.equal(facts.broken, [join(folder, 'b/cut.bmp')])
  }))

test('folders to train, to validate and to test with, as others call them; what lies in two is told', () =>
  withTempFolder(async (folder) => {
    const write = (part: string, shade: number) => {
      for (const [at, name] of ['a', 'b'].entries()) {
        mkdirSync(join(folder, part, name), { recursive: true })
        writeFileSync(join(folder, part, name, 'x.bmp'), bmp(5, 5, [shade, 100 * at, 10]))
      }
    }
    write('train', 1)
    write('val', 2)
    const two = await lookAtPictures(folder)
    assert.equal(
      [two.folder, two.test, two.validation],
      [join(folder, 'train'), undefined, join(folder, 'val')],
    )
    write('test', 3)
    // One of the training pictures, to validate with as well.
    writeFileSync(join(folder, 'val/a/twin.bmp'), bmp(5, 5, [1, 0, 10]))
    const {
      test: held,
      validation,
      testCount,
      validationCount,
      copies,
    } = await lookAtPictures(folder)
    assert.equal([held, validation], [join(folder, 'test'), join(folder, 'val')])
    assert.equal([testCount, validationCount], [2, 3])
    assert.equal(copies, [
      {
        file: join(folder, 'val/a/twin.bmp'),
        of: join(folder, 'train/a/x.bmp'),
        across: 'validation',
      },
    ])
  }))

/** All words for a part. */
const wordsOf = (part: SplitName) =>
  Object.keys(splitNames).filter((word) => splitNames[word] === part)

test('whatever the folders are called, what is said of them is what the dataset does', () =>
  withTempFolder(async (folder) => {
    let count = 0
    // Of one shade each, all of them once, as they are written often.
    const shades = await Promise.all(
      Array.from({ length: 18 }, (_, at) =>
        sharp({
          create: { width: 2, height: 2, channels: 3, background: { r: at * 14, g: 9, b: 80 } },
        })
          .png()
          .toBuffer(),
      ),
    )
    const held = [undefined, ...wordsOf('test')]
    const ways = [undefined, ...wordsOf('validation')].flatMap((validation, at) => [
      { validation, held: undefined },
      { validation, held: held[1 + (at % 2)] },
    ])
    const named = wordsOf('train').flatMap((train) => ways.map((way) => ({ train, ...way })))
    for (const { train, validation, held } of [
      ...named,
      { train: 'Train', validation: 'VAL', held: 'Test' },
    ]) {
      const given = join(folder, String(count++))
      for (const [at, part] of [train, validation, held].entries()) {
        if (part === undefined) continue
        for (const name of ['a', 'b']) {
          mkdirSync(join(given, part, name), { recursive: true })
          for (let i = 0; i < (at === 0 ? 3 : at); i++) {
            const shade = shades[at * 6 + i * 2 + Number(name === 'b')]!
            writeFileSync(join(given, part, name, `${i}.png`), shade)
          }
        }
      }
      assert.is(await hasPictures(given), true)
      const said = await lookAtPictures(given)
      const dataset = (options: object) =>
        createDataset(imageFolder, { size: [2, 2], ...options }, { folder })
      const { info, load } = dataset({ folder: given })
      const { train: trained, validation: validated, test: tested } = await load()
      assert.is(validated?.length, said.validationCount)
      assert.is(said.validationCount, validation && 2)
      // A fifth of what is trained on is held out where there is nothing to test with.
      assert.is(said.testCount, held && 4)
      assert.equal([trained.length, tested.length], held ? [6, 4] : [5, 1])
      // What is written names the folders one by one.
      const { source } = dataset({
        folder: said.folder,
        ...(said.test && { test: said.test }),
        ...(said.validation && { validationFolder: said.validation }),
      }).info
      assert.is(source, info.source)
    }
    assert.is(count, 2 * 5 * 2 + 1)
  }))

test('a class may be called as a part; beside parts lies nothing else, as the dataset has it', () =>
  withTempFolder(async (folder) => {
    const write = (path: string) => {
      mkdirSync(join(folder, path), { recursive: true })
      writeFileSync(join(folder, path, 'x.bmp'), bmp(2, 2, [1, 2, 3]))
    }
    for (const path of ['vehicles/train', 'vehicles/test']) write(path)
    const { folder: whole, classes } = await lookAtPictures(join(folder, 'vehicles'))
    assert.equal([whole, classes.length], [join(folder, 'vehicles'), 2])
    for (const path of ['data/train/a', 'data/train/b', 'data/val/a']) write(path)
    for (const odd of ['valid/a', 'notes', 'test']) {
      write(`data/${odd}`)
      const where = join(folder, 'data', odd.split('/')[0]!)
      const own = odd === 'valid/a' ? /(valid|val): beside/ : new RegExp(`${where}: beside`)
      const options = { folder: join(folder, 'data'), size: [2, 2] }
      for (const asked of [
        () => hasPictures(join(folder, 'data')),
        () => lookAtPictures(join(folder, 'data')),
        () => createDataset(imageFolder, options, { folder }).load(),
      ]) {
        const said = await refusal(async () => asked())
        assert.match(said, own)
        assert.match(
          said,
          /beside folders to train with must lie nothing but one to validate with and one to test with, each with a folder for each class \(train, training, validation, /,
        )
        assert.match(
          said,
          /Move it elsewhere, or say which folders are meant: folder, validationFolder, test\./,
        )
      }
      rmSync(where, { recursive: true })
    }
  }))

/** A picture with many edges, which follow from a number. */
function scene(seed: number, width = 320, height = 240): Sharp {
  const shapes = Array.from({ length: 9 }, (_, i) => {
    const at = (by: number) => ((seed * 7919 + i * 104_729 + by * 1299) % 83) / 83
    return `<circle cx="${100 * at(1)}%" cy="${100 * at(2)}%" r="${6 + 14 * at(3)}%" fill="hsl(${360 * at(4)} 80% ${20 + 60 * at(5)}%)"/>`
  })
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${shapes.join('')}</svg>`
  return sharp(Buffer.from(svg)).flatten({ background: '#445' })
}

test('a picture that was saved anew, smaller or in another format, is the same picture', () =>
  withTempFolder(async (folder) => {
    for (const part of ['train/a', 'train/b', 'test/a', 'test/b']) {
      mkdirSync(join(folder, part), { recursive: true })
    }
    const write = (path: string, picture: Sharp) => picture.toFile(join(folder, path))
    for (let i = 0; i < 12; i++) await write(`train/${i % 2 ? 'b' : 'a'}/${i}.png`, scene(i))
    await write('test/a/12.png', scene(12))
    // Of the same one: a worse JPEG, a smaller WebP in another class, a larger one among those to train with.
    await write('test/a/bad.jpg', scene(4).jpeg({ quality: 70 }))
    await write('test/b/small.webp', scene(6, 160, 120).webp({ quality: 85 }))
    await write('train/a/large.png', scene(8, 640, 480))
    // Alike without being one: a shifted hue, and pages that hardly show anything.
    await write('test/b/other.png', scene(3).modulate({ hue: 40 }))
    for (const [at, grey] of [120, 121].entries()) {
      const page = { width: 64, height: 48, channels: 3 as const }
      const background = { r: grey, g: grey, b: grey }
      await write(`train/b/page ${at}.png`, sharp({ create: { ...page, background } }))
    }
    const { copies } = await lookAtPictures(folder)
    assert.equal(
      copies.map(({ file, of, across, near }) => [
        relative(folder, file),
        relative(folder, of),
        across,
        near,
      ]),
      [
        ['train/a/large.png', 'train/a/8.png', 'nothing', true],
        ['test/a/bad.jpg', 'train/a/4.png', 'test', true],
        ['test/b/small.webp', 'train/a/6.png', 'test', true],
      ],
    )
  }))

test.run()
