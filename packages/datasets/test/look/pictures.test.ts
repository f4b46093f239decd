import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lookAtPictures } from '../../src/look/pictures.ts'
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
      [join(folder, 'train'), join(folder, 'val'), undefined],
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

test.run()
