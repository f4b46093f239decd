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

test.run()
