import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { crc32c, frame } from '../../src/tensorboard/record.ts'

const test = suite('records')

test('the checksum of RFC 3720', () => {
  assert.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  assert.is(crc32c(new Uint8Array(32)), 0x8a9136aa)
})

test('length, its checksum, the bytes, their checksum', () => {
  const record = Buffer.from(frame(Buffer.from('abc')))
  assert.is(record.length, 19)
  assert.is(record.readBigUInt64LE(0), 3n)
  assert.is(record.toString('latin1', 12, 15), 'abc')
})

test.run()
