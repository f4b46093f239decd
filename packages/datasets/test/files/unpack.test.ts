import { gzipSync } from 'node:zlib'
import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { unpack } from '../../src/files/unpack.ts'
import { rejects } from '../support/errors.ts'

const test = suite('unpack')
const contents = Buffer.from('some contents, '.repeat(100))

test('unpacks gzip and leaves other data alone', async () => {
  assert.equal(await unpack(gzipSync(contents), contents.length, 'a.gz'), contents)
  assert.is(await unpack(contents, 10, 'a'), contents)
})

test('stops at the size that was allowed', async () => {
  await rejects(
    () => unpack(gzipSync(contents), contents.length - 1, 'a.gz'),
    DataError,
    'a.gz: must unpack to at most 1499 bytes, got more',
  )
})

test('refuses gzip data that is cut short or damaged', async () => {
  const packed = gzipSync(contents)
  await rejects(
    () => unpack(packed.subarray(0, -9), contents.length, 'a.gz'),
    DataError,
    'a.gz: must be a whole gzip file (unexpected end of file)\n  The file is damaged or cut short: get it again.',
  )
  packed[packed.length - 6]! ^= 1
  await rejects(
    () => unpack(packed, contents.length, 'a.gz'),
    DataError,
    'a.gz: must be a whole gzip file (incorrect data check)\n  The file is damaged or cut short: get it again.',
  )
})

test.run()
