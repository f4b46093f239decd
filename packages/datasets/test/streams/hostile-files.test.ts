import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { pictureDecoder } from '../../src/streams/decoders/picture.ts'
import { tokensDecoder } from '../../src/streams/decoders/tokens.ts'
import { readNpyHeader } from '../../src/streams/npy-header.ts'
import { linesOf } from '../../src/streams/scans/line-reader.ts'
import { scanTar } from '../../src/streams/scans/webdataset.ts'
import { openTokenizer } from '../../src/streams/tokenizer.ts'
import { npy, picture } from '../support/records.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('hostile files of streams')

test('sizes of a .npy that are 0, no whole numbers, or too many', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'x.npy')
    for (const shape of [[4000000000, 0], [0], [2, 0, 3], [1e39, 0], [2 ** 53, 1]]) {
      await writeFile(path, npy('|u1', shape.map(BigInt) as never, new Uint8Array(8)))
      assert.match(
        await refusal(() => readNpyHeader(path)),
        /x\.npy: must have whole sizes of 1 and more, and at most 4294967295 samples, got "\(/,
      )
    }
    await writeFile(path, npy('|u1', [2 ** 32], new Uint8Array(8)))
    await truncate(path, 2 ** 32 + 200)
    assert.match(await refusal(() => readNpyHeader(path)), /at most 4294967295 samples/)
    await writeFile(path, npy('|u1', [4, 2], new Uint8Array(8)))
    assert.equal(readNpyHeader(path).shape, [4, 2])
  }))

test.run()
