import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { checkDigest, sha256 } from '../../src/files/pinned-digest.ts'
import { rejects } from '../support/errors.ts'

const test = suite('checkDigest')
// The example of FIPS 180-2, appendix B.1.
const ABC = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('computes SHA-256', () => {
  assert.is(sha256(Buffer.from('abc')), ABC)
})

test('accepts the pinned bytes', () => {
  checkDigest(Buffer.from('abc'), ABC, 'file')
})

test('shows both digests when they differ', async () => {
  const other = sha256(Buffer.from('abd'))
  await rejects(
    () => checkDigest(Buffer.from('abd'), ABC, 'folder/file'),
    DataError,
    `folder/file: the contents must have the SHA-256 ${ABC}, got "${other}"\n  The file is damaged, was changed, or is another one of the same shape: get it again.`,
  )
})

test.run()
