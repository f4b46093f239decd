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

function tokenizer(vocab: Readonly<Record<string, unknown>>, more: object = {}): string {
  return JSON.stringify({
    version: '1.0',
    added_tokens: [],
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
    ...more,
  })
}

test('numbers of tokens that no list has, and a token beyond the vocabulary', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'tokenizer.json')
    for (const id of [1e9, 2 ** 32, 1009, -1, 0.5]) {
      await writeFile(path, tokenizer({ a: 0, '[UNK]': id }))
      assert.match(
        await refusal(() => openTokenizer(path)),
        /tokenizer\.json, "\[UNK\]": the number of a token must be whole, from 0 to 1008, got /,
      )
    }
    await writeFile(path, tokenizer({ a: 0, '[UNK]': 1 }, { padding: { pad_id: -1 } }))
    assert.match(await refusal(() => openTokenizer(path)), /"padding": .* got -1/)
    await writeFile(path, tokenizer({ a: 0, '[UNK]': 1008 }))
    assert.is(openTokenizer(path).vocabulary.length, 1009)
    await writeFile(path, tokenizer({ a: 0, '[UNK]': 1 }, { padding: { pad_id: 7 } }))
    const decode = tokensDecoder({ kind: 'tokens', field: 'text', length: 3, tokenizer: path })
    const into = { inputs: new Float32Array(3), labels: new Uint8Array(0) }
    assert.match(
      await refusal(() => decode({ text: 'a b' }, { where: 'a.jsonl, record 1', place: 0, into })),
      /a\.jsonl, record 1, "text": tokens must be of the vocabulary, 0 to 1, got 7/,
    )
  }))

test.run()
