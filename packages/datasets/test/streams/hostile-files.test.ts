import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refusal, tieredSuite } from '@ashlar/test-support'
import * as assert from 'uvu/assert'
import { pictureDecoder } from '../../src/streams/decoders/picture.ts'
import { tokensDecoder } from '../../src/streams/decoders/tokens.ts'
import { readNpyHeader } from '../../src/streams/npy-header.ts'
import { linesOf } from '../../src/streams/scans/line-reader.ts'
import { scanTar } from '../../src/streams/scans/webdataset.ts'
import { openTokenizer } from '../../src/streams/tokenizer.ts'
import { npy, picture } from '../support/records.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const { test, slow } = tieredSuite('hostile files of streams')

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
    assert.is(openTokenizer(undefined).decode([]), '')
    await writeFile(path, tokenizer({ a: 0, '[UNK]': 1 }))
    assert.is(openTokenizer(path).decode([]), '')
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
      assert.match(
        await refusal(() => read(name)),
        /record 1: a picture must be a plain file, got /,
      )
    }
    assert.match(await refusal(() => read('none.png')), /none\.png/)
    for (const name of ['sub/own.png', 'inside.png', './sub/../inside.png']) {
      assert.equal(await read(name), [10, 20, 30])
      assert.equal(await read(name, join(root, 'alias')), [10, 20, 30])
    }
  }))

slow('long lines are put together once, and those beyond 64 MiB are refused', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.txt')
    const sizes = [1, 0, 3 << 20, 5, (2 << 20) - 7, 1 << 20, 0, 2]
    for (const [quoted, end] of [
      [false, '\n'],
      [true, '\r\n'],
    ] as const) {
      const lines = sizes.map((size, at) => Buffer.alloc(size, 97 + at))
      await writeFile(path, Buffer.concat(lines.flatMap((line) => [line, Buffer.from(end)])))
      const whole = Buffer.concat(lines.flatMap((line) => [line, Buffer.from(end)]))
      const found = [...linesOf(path, createHash('sha256'), quoted)]
      assert.is(found.length, 6)
      for (const [at, line] of lines.filter(({ length }) => length > 0).entries()) {
        const { bytes, offset } = found[at]!
        assert.ok(bytes.equals(line), `line ${at}`)
        assert.ok(whole.subarray(offset, offset + line.length).equals(line), `place of line ${at}`)
      }
    }
    await writeFile(path, 'first\n')
    await truncate(path, (64 << 20) + 7)
    assert.match(
      await refusal(() => [...linesOf(path, createHash('sha256'))]),
      /a\.txt, the line from byte 6 on: a line must have at most 64 MiB\n/,
    )
    await truncate(path, (64 << 20) + 6)
    assert.is([...linesOf(path, createHash('sha256'))].length, 2)
  }),
)

test('a file of a tar shard that is larger than can be read', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.tar')
    for (const size of [2 ** 31, 2 ** 32 + 3, 2 ** 40]) {
      await writeFile(path, Buffer.concat([tarHeader('a.cls', size), Buffer.alloc(4096)]))
      assert.match(
        await refusal(() => scanTar({ kind: 'webdataset', files: [path], columns: [] })),
        new RegExp(`a\\.tar, a\\.cls: a file of a shard must have less than 2 GiB .* got ${size}`),
      )
    }
  }))

/** A header whose size is in base 256, as those beyond 8 GiB have it. */
function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(512)
  header.write(name)
  header.write('0000644\0', 100)
  header.writeUInt8(0x80, 124)
  header.writeBigUInt64BE(BigInt(size), 128)
  header.write('00000000000\0', 136)
  header.write('        0', 148)
  header.write('ustar\u000000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

test.run()
