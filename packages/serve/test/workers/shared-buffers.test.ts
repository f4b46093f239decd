import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { SharedBuffers } from '../../src/workers/shared-buffers.ts'

const test = suite('shared buffers')

test('what was given back is used again where it is large enough', () => {
  const buffers = new SharedBuffers()
  const first = buffers.take(5000)
  assert.is(first.byteLength, 8192)
  const second = buffers.take(5000)
  assert.is.not(second, first)
  buffers.giveBack(first)
  assert.is(buffers.take(8192), first)
  buffers.giveBack(first)
  assert.is(buffers.take(8193).byteLength, 16_384)
  assert.is(buffers.take(0).byteLength, 4096)
})

test.run()
