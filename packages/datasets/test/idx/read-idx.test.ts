import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readIdx } from '../../src/idx/read-idx.ts'
import { rejects } from '../support/errors.ts'
import { idxBytes } from '../support/tiny-idx.ts'

const test = suite('readIdx')
const file = 'folder/some-idx2-ubyte'

test('reads dimensions and elements', () => {
  const { shape, data } = readIdx(idxBytes([2, 3], [1, 2, 3, 4, 5, 255]), file)
  assert.equal(shape, [2, 3])
  assert.equal([...data], [1, 2, 3, 4, 5, 255])
})

test('reads an array without elements', () => {
  assert.equal(readIdx(idxBytes([0, 28, 28], []), file).shape, [0, 28, 28])
})

test('refuses another magic number and shows it', async () => {
  await rejects(
    () => readIdx(Buffer.from('\x89PNG....'), file),
    DataError,
    `${file}: must start with an idx magic number (00 00 08 and the number of dimensions), got c2 89 50 4e\n  This is not an idx file.`,
  )
  await rejects(
    () => readIdx(Buffer.alloc(0), file),
    DataError,
    /number of dimensions\), got an empty file\n/,
  )
  await rejects(() => readIdx(Buffer.of(0, 0, 8), file), DataError, /, got 00 00 08\n/)
  await rejects(() => readIdx(Buffer.of(0, 0, 8, 0), file), DataError, /, got 00 00 08 00\n/)
})

test('refuses element types other than unsigned bytes', async () => {
  await rejects(
    () => readIdx(Buffer.of(0, 0, 0x0d, 1, 0, 0, 0, 0), file),
    DataError,
    `${file}: must hold unsigned bytes (idx element type 08), got 0d`,
  )
})

test('refuses a header that is cut short', async () => {
  await rejects(
    () => readIdx(idxBytes([2, 3], []).subarray(0, 9), file),
    DataError,
    `${file}: must be 12 bytes long (header), got 9\n  The file is cut short: get it again.`,
  )
})

test('refuses elements that are missing or too many', async () => {
  const whole = idxBytes([2, 3], [1, 2, 3, 4, 5, 6])
  await rejects(
    () => readIdx(whole.subarray(0, -1), file),
    DataError,
    `${file}: must be 18 bytes long (header and 2 x 3 elements), got 17\n  The file is cut short: get it again.`,
  )
  await rejects(
    () => readIdx(Buffer.concat([whole, Buffer.of(0)]), file),
    DataError,
    `${file}: must be 18 bytes long (header and 2 x 3 elements), got 19`,
  )
})

test('refuses dimensions whose product is beyond any file', async () => {
  const huge = Buffer.of(0, 0, 8, 2, 255, 255, 255, 255, 255, 255, 255, 255)
  await rejects(() => readIdx(huge, file), DataError, /must be 1844674406511\d+ bytes long/)
})

test.run()
