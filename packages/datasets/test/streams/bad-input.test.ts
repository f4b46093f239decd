import { appendFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { refusal, tieredSuite } from '@ashlar/test-support'
import { parquetWriteBuffer } from 'hyparquet-writer'
import * as assert from 'uvu/assert'
import {
  csvStream,
  imageFolder,
  jsonLines,
  mix,
  numpy,
  parquet,
  soundFolder,
  text,
  webdataset,
} from '../../src/index.ts'
import { writePictureFolder } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import {
  npy,
  records,
  wav,
  writeCsv,
  writeLines,
  writeParquet,
  writeSounds,
  writeTar,
} from '../support/records.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'
import { readAll, wrong } from '../support/wrong.ts'

const { test, slow } = tieredSuite('bad input of streams')

const all = records(12)
const kind = { target: 'kind', task: 'classification', testPart: 2 }
const numbers = { input: 'a', as: 'numbers', ...kind }

/** Each of some lengths that a file is cut to. */
async function cutAt(
  path: string,
  part: readonly number[],
  look: () => Promise<unknown>,
): Promise<void> {
  const whole = await readFile(path)
  for (const at of part) {
    await writeFile(path, whole.subarray(0, Math.floor(whole.length * at)))
    await look()
  }
}

const places = [0.05, 0.31, 0.5, 0.72, 0.93, 0.999]

slow('a tar shard that is cut, anywhere', () =>
  withTempFolder(async (folder) => {
    await writeTar(join(folder, 'a.tar'), all)
    const options = { files: 'a.tar', input: 'jpg', as: 'picture', size: [4, 4] }
    const look = async () =>
      assert.match(
        await wrong(webdataset, { ...options, ...kind, target: 'cls' }, folder, 'a.tar'),
        /a\.tar: must be a whole tar archive .*\n {2}The shard is damaged or cut short: get it again\./,
      )
    await cutAt(join(folder, 'a.tar'), places, look)
    await writeFile(join(folder, 'a.tar'), '')
    await look()
  }),
)

slow('a Parquet file that is cut, anywhere', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.parquet')
    await writeParquet(path, all)
    await cutAt(path, places, async () =>
      assert.match(
        await wrong(parquet, { files: '.', ...numbers }, folder, 'a.parquet'),
        /^a\.parquet: must be a whole Parquet file/,
      ),
    )
  }),
)

slow('a Parquet column of another type, and one that is not there', () =>
  withTempFolder(async (folder) => {
    await writeParquet(join(folder, 'a.parquet'), all)
    const of = (options: object) =>
      wrong(parquet, { files: '.', ...kind, ...options }, folder, 'a.parquet')
    assert.match(
      await of({ input: 'a', as: 'picture', size: [4, 4] }),
      /a\.parquet, row \d+, "a": must be a picture/,
    )
    assert.match(
      await of({ input: 'kind', as: 'numbers' }),
      /a\.parquet, row \d+, "kind": must be a number .*got "(cat|dog)"/,
    )
    assert.match(
      await of({ input: 'image', as: 'sound', length: 4 }),
      /a\.parquet, row \d+, "\w+": must be a whole WAV file/,
    )
    assert.match(await of({ input: 'b', as: 'numbers' }), /a\.parquet.*"b"/)
    assert.match(
      await of({ input: 'a', as: 'numbers', task: 'regression' }),
      /a\.parquet, row 1, "kind": must be a number/,
    )
  }),
)

test('a line that is cut or no object, and fields that are missing', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.jsonl')
    const of = () => wrong(jsonLines, { files: 'a.jsonl', ...numbers }, folder, 'a.jsonl')
    await writeLines(path, all)
    await truncate(path, (await readFile(path)).length - 20)
    assert.match(await of(), /a\.jsonl, record 12: must be a line of JSON/)
    await writeFile(path, '{"a": 1, "kind": "x"}\n[1]\n')
    assert.match(await of(), /a\.jsonl, record 2: must be a JSON object/)
    await writeFile(path, '{"a": 1, "kind": "x"}\n\n{"a": 1}\n')
    assert.match(await of(), /a\.jsonl, record 2, "kind": there must be a value/)
    await writeFile(path, '{"a": 1, "kind": "x"}\n{"a": null, "kind": "y"}\n{"a":2, "kind":"x"}\n')
    assert.match(
      await wrong(jsonLines, { files: 'a.jsonl', ...numbers, testPart: 1 }, folder, 'a.jsonl'),
      /a\.jsonl, record 2, "a": must be a number/,
    )
    await writeFile(path, '{"a": 1, "kind": "x"}\n')
    assert.match(await of(), /a\.jsonl: "kind" must hold at least 2 classes/)
    await writeFile(path, '')
    assert.match(
      await refusal(() =>
        readAll(createAnyDataset(jsonLines, { files: 'a.jsonl', ...numbers }, { folder })),
      ),
      /a\.jsonl|json-lines/,
    )
  }))

slow('a class without samples, and a sample of no class', () =>
  withTempFolder(async (folder) => {
    await writeLines(join(folder, 'a.jsonl'), all)
    const of = (classes: string[]) =>
      wrong(jsonLines, { files: 'a.jsonl', ...numbers, classes }, folder, 'a.jsonl')
    assert.match(
      await of(['cat', 'dog', 'owl']),
      /every class must have a sample, and "owl" has none/,
    )
    assert.match(await of(['cat', 'owl']), /record 2, "kind": must be one of the classes cat, owl/)
  }),
)

slow('tables that are cut, of other columns, or with cells that are no numbers', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.csv')
    const of = (more: object = {}) =>
      wrong(csvStream, { files: '.', features: ['a'], ...kind, ...more }, folder, 'a.csv')
    await writeCsv(path, all)
    const whole = await readFile(path)
    await writeFile(path, whole.subarray(0, whole.length - 30))
    assert.match(await of(), /a\.csv, lines? \d+.*\n {2}A file that is cut/)
    await writeFile(path, 'a,kind\n1,x\n2,y\nthree,x\n4,y\n5,x\n')
    assert.match(await of({ testPart: 1 }), /a\.csv, line 4/)
    await writeFile(path, 'a,kind\n1,x\n2\n3,x\n4,y\n')
    assert.match(await of(), /a\.csv, line 3: must have the 2 cells/)
    await writeFile(path, 'a,kind\n1,x\n,y\n3,x\n4,y\n')
    assert.match(await of({ testPart: 1 }), /a\.csv, line 3/)
    await writeFile(path, 'a,other\n1,x\n2,y\n')
    assert.match(await of(), /the first row must name the column "kind"/)
  }),
)

slow('arrays that are cut, of objects, of other shapes; archives that are cut', () =>
  withTempFolder(async (folder) => {
    const [x, y] = [join(folder, 'x.npy'), join(folder, 'y.npy')]
    const options = { inputs: 'x.npy', labels: 'y.npy', task: 'classification', testPart: 1 }
    const of = (file: string) => wrong(numpy, options, folder, file)
    const whole = npy('<f4', [6, 2], new Float32Array(12))
    await writeFile(y, npy('|u1', [6], Uint8Array.from([0, 1, 0, 1, 0, 1])))
    await writeFile(x, whole.subarray(0, whole.length - 3))
    assert.match(await of('x.npy'), /x\.npy: must be 176 bytes long.*\n.*cut short/)
    await writeFile(x, whole.subarray(0, 30))
    assert.match(await of('x.npy'), /x\.npy: must be a whole NumPy array: its header is cut/)
    await writeFile(x, npy('|O', [6, 2], new Float32Array(12)))
    assert.match(await of('x.npy'), /x\.npy: must be an array of numbers/)
    await writeFile(x, npy('<f4', [6, 2], new Float32Array(12), 'True'))
    assert.match(await of('x.npy'), /x\.npy: must hold its rows one after the other/)
    await writeFile(x, npy('<f4', [5, 2], new Float32Array(10)))
    assert.match(await of('y.npy'), /y\.npy: must have a label for each of the 5 samples/)
    await writeFile(x, whole)
    await writeFile(y, npy('<f4', [6], Float32Array.from([0, 1, 0.5, 1, 0, 1])))
    assert.match(await of('y.npy'), /whole numbers from 0 on/)
    await writeFile(join(folder, 'a.npz'), Buffer.from('PK\x03\x04 and no more'))
    assert.match(
      await wrong(numpy, { ...options, file: 'a.npz', inputs: 'x', labels: 'y' }, folder, 'a.npz'),
      /a\.npz: must be a whole \.npz file/,
    )
  }),
)

slow('sounds that are cut, of another rate, or none', () =>
  withTempFolder(async (folder) => {
    await writeSounds(folder, 3)
    const options = { folder: '.', length: 8, rate: 100, testPart: 1 }
    const path = join(folder, 'low', '1.wav')
    const of = () => wrong(soundFolder, options, folder, 'low/1.wav')
    await writeFile(path, wav([1, 2, 3]).subarray(0, 20))
    assert.match(await of(), /low\/1\.wav: must be a whole WAV file/)
    await writeFile(path, wav([1, 2, 3], 50))
    assert.match(await of(), /low\/1\.wav: must have 100 numbers a second, got 50/)
    await writeFile(path, 'no sound')
    assert.match(await of(), /low\/1\.wav: must be a whole WAV file/)
    await writeFile(path, '')
    assert.match(await of(), /low\/1\.wav: must be a whole WAV file/)
  }),
)

slow('a picture that is cut, and one that is gone', () =>
  withTempFolder(async (folder) => {
    await writePictureFolder(folder, 4)
    const options = { folder: '.', size: [4, 4], stream: true, testPart: 1, broken: 'refuse' }
    const path = join(folder, 'dog', '001.jpg')
    const dataset = createAnyDataset(imageFolder, options, { folder })
    const { train, test: held } = await dataset.load()
    const whole = await readFile(path)
    for (const bytes of [whole.subarray(0, whole.length / 2), Buffer.alloc(0)]) {
      await writeFile(path, bytes)
      const message = await refusal(async () => {
        await listed(train, dataset)
        await listed(held, dataset)
      })
      assert.match(message, /dog\/001\.jpg: /)
    }
  }),
)

slow('a stream that ends earlier than when it was looked at', () =>
  withTempFolder(async (folder) => {
    await writeLines(join(folder, 'a.jsonl'), all)
    await writeTar(join(folder, 'a.tar'), all)
    for (const [plugin, file, options] of [
      [jsonLines, 'a.jsonl', numbers],
      [webdataset, 'a.tar', { ...numbers, input: 'json.a', target: 'cls' }],
    ] as const) {
      const dataset = createAnyDataset(plugin, { files: file, ...options }, { folder })
      const { train } = await dataset.load()
      await truncate(join(folder, file), 700)
      assert.match(
        await refusal(() => listed(train, dataset)),
        new RegExp(`${file}: must be at least \\d+ bytes long, as it was when it was looked at`),
      )
    }
  }),
)

slow('packed files that are cut', () =>
  withTempFolder(async (folder) => {
    const packed = gzipSync(all.map((each) => JSON.stringify(each)).join('\n'))
    await writeFile(join(folder, 'a.jsonl.gz'), packed.subarray(0, packed.length - 9))
    assert.match(
      await wrong(jsonLines, { files: 'a.jsonl.gz', ...numbers }, folder, 'a.jsonl.gz'),
      /a\.jsonl\.gz: must be a whole gzip file/,
    )
  }),
)

slow('texts that are too short, and a tokenizer whose tokens are beyond its vocabulary', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'a.txt'), 'short')
    assert.match(
      await wrong(text, { files: 'a.txt', tokens: 9 }, folder, 'a.txt'),
      /a\.txt: must have more than the 9 tokens of a sample, got 5/,
    )
    await writeFile(join(folder, 'tokenizer.json'), '{"model": ')
    const options = { files: 'a.txt', tokens: 2, tokenizer: 'tokenizer.json' }
    assert.match(
      await wrong(text, options, folder, 'tokenizer.json'),
      /tokenizer\.json: must be a tokenizer\.json of Hugging Face/,
    )
    const json = tokenizerOf({ a: 0, b: 1, '[UNK]': 9 })
    json.added_tokens.push(addedToken(12, '<far>'))
    await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(json))
    await writeFile(join(folder, 'a.txt'), 'a b\n'.repeat(30))
    const dataset = createAnyDataset(text, { ...options, testPart: 1 }, { folder })
    const [train] = partsOf(await dataset.load())
    const { inputs } = await listed(train!, dataset)
    assert.equal([...new Set(inputs as number[])].sort(), [0, 1])
  }),
)

slow('weights below zero, datasets that do not fit together, paths out of the folder', () =>
  withTempFolder(async (folder) => {
    await writeLines(
      join(folder, 'a.jsonl'),
      all.map((each) => ({ ...each, w: each.id - 4 })),
    )
    assert.match(
      await wrong(jsonLines, { files: 'a.jsonl', ...numbers, weight: 'w' }, folder, 'a.jsonl'),
      /record 1, "w": a weight must be a number from 0 on, got -4/,
    )
    await mkdir(join(folder, 'in'))
    await writeFile(join(folder, 'secret.png'), 'x')
    await writeLines(
      join(folder, 'in', 'b.jsonl'),
      all.map((each) => ({ ...each, file: '../secret.png' })),
    )
    const options = { files: 'in/b.jsonl', input: 'file', as: 'picture', size: [4, 4], ...kind }
    assert.match(
      await wrong(jsonLines, options, folder, 'in/b.jsonl'),
      /the path of a picture must stay within .*got "\.\.\/secret\.png"/,
    )
    const factory = (_: unknown, name: string) => (own: object) =>
      createAnyDataset(name === 'json-lines' ? jsonLines : imageFolder, own, { folder })
    const of = [
      { name: 'json-lines', files: 'a.jsonl', ...numbers },
      { name: 'json-lines', files: 'a.jsonl', ...numbers, input: ['a', 'id'] },
    ]
    assert.match(
      await refusal(() => createAnyDataset(mix, { of }, { folder, factory: factory as never })),
      /mix: json-lines: the `inputShape` must be that of json-lines, \[1\], got \[2\]/,
    )
  }),
)

test('nothing is kept of what could not be decoded', () =>
  withTempFolder(async (folder) => {
    const home = process.env.ASHLAR_HOME
    process.env.ASHLAR_HOME = join(folder, 'home')
    try {
      await mkdir(join(folder, 'data'))
      await writePictureFolder(join(folder, 'data'), 5)
      await appendFile(join(folder, 'data', 'cat', '004.png'), '')
      await truncate(join(folder, 'data', 'cat', '004.png'), 30)
      const options = { folder: 'data', size: [4, 4], cache: true, testPart: 2 }
      assert.match(await wrong(imageFolder, options, folder, 'data/cat/004.png'), /004\.png: /)
      const kept = await readdir(join(folder, 'home', 'datasets', 'decoded')).catch(() => [])
      assert.equal(kept, [])
    } finally {
      if (home === undefined) delete process.env.ASHLAR_HOME
      else process.env.ASHLAR_HOME = home
    }
  }))

slow('every place that a shard is cut at', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'a.tar')
    await writeTar(path, all.slice(0, 3))
    const whole = await readFile(path)
    const options = { files: 'a.tar', input: 'json.a', as: 'numbers', ...kind, target: 'cls' }
    for (let at = 0; at < whole.length - 1; at += 127) {
      await writeFile(path, whole.subarray(0, at))
      await wrong(webdataset, { ...options, testPart: 1 }, folder, 'a.tar')
    }
    const other = join(folder, 'a.parquet')
    await writeFile(
      other,
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: 'a', data: [1, 2, 3], type: 'DOUBLE' },
            { name: 'kind', data: ['x', 'y', 'x'], type: 'STRING' },
          ],
        }),
      ),
    )
    const bytes = await readFile(other)
    for (let at = 0; at < bytes.length - 1; at += 13) {
      await writeFile(other, bytes.subarray(0, at))
      await wrong(parquet, { files: 'a.parquet', ...numbers, testPart: 1 }, folder, 'a.parquet')
    }
  }),
)

function addedToken(id: number, content: string) {
  return {
    ...{ id, content, single_word: false, lstrip: false, rstrip: false },
    ...{ normalized: false, special: true },
  }
}

function tokenizerOf(vocab: Readonly<Record<string, number>>) {
  return {
    version: '1.0',
    added_tokens: [addedToken(vocab['[UNK]']!, '[UNK]')],
    pre_tokenizer: { type: 'Whitespace' },
    model: { type: 'WordLevel', vocab, unk_token: '[UNK]' },
  }
}

test.run()
