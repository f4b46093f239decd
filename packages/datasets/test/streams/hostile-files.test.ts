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

test('paths of pictures that leave the folder by a link, and what is no plain file', () =>
  withTempFolder(async (root) => {
    const folder = join(root, 'data')
    await mkdir(join(folder, 'sub'), { recursive: true })
    await writeFile(join(root, 'secret.png'), await picture(1))
    await writeFile(join(folder, 'sub', 'own.png'), await picture(1))
    await symlink(join(root, 'secret.png'), join(folder, 'link.png'))
    await symlink(root, join(folder, 'out'))
    await symlink('sub/own.png', join(folder, 'inside.png'))
    await symlink(folder, join(root, 'alias'))
    execFileSync('mkfifo', [join(folder, 'pipe.png')])
    const size = { height: 4, width: 4, channels: 3, fit: 'fill' } as const
    const read = async (file: string, from = folder) => {
      const decode = await pictureDecoder({ kind: 'picture', field: 'file', folder: from, size })
      const into = { inputs: new Uint8Array(48), labels: new Uint8Array(0) }
      await decode({ file }, { where: 'a.jsonl, record 1', place: 0, into })
      return [...into.inputs.subarray(0, 3)]
    }
    for (const name of ['link.png', 'out/secret.png', '../secret.png', join(root, 'secret.png')]) {
      assert.match(
        await refusal(() => read(name)),
        /a\.jsonl, record 1: the path of a picture must stay within .*\/data, got ".*(secret|link)\.png"/,
      )
    }
    for (const name of ['pipe.png', 'sub', '.']) {
      assert.match(await refusal(() => read(name)), /record 1: a picture must be a plain file, got /)
    }
    assert.match(await refusal(() => read('none.png')), /none\.png/)
    for (const name of ['sub/own.png', 'inside.png', './sub/../inside.png']) {
      assert.equal(await read(name), [10, 20, 30])
      assert.equal(await read(name, join(root, 'alias')), [10, 20, 30])
    }
  }))

test.run()
