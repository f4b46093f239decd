import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { jsonLines, parquet } from '../../src/index.ts'
import { splitInName } from '../../src/splits/split-names.ts'
import { splitFiles } from '../../src/streams/split-files.ts'
import { writePicture } from '../support/pictures.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { records, writeLines, writeParquet } from '../support/records.ts'
import { listed } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('files of splits')

const ENDINGS = ['.jsonl']

/** What splits are made of, as `split folder/name`. */
async function found(
  names: readonly string[],
  options: Parameters<typeof splitFiles>[0],
  folder: string,
): Promise<string[]> {
  for (const name of names) {
    const path = join(folder, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, '')
  }
  const { files, splits } = splitFiles(options, folder, ENDINGS)
  return files.map((path, at) => {
    const parent = basename(dirname(path))
    return `${splits[at]} ${parent === basename(folder) ? '' : `${parent}/`}${basename(path)}`
  })
}

const HUB = [
  'test-00000-of-00001',
  'train-00000-of-00002',
  'train-00001-of-00002',
  'validation-00000-of-00001',
]
const hub = HUB.map((name) => `${name}.jsonl`)

test("names as Hugging Face's hub has them", () =>
  withTempFolder(async (folder) => {
    const expected = [
      `train ${hub[1]}`,
      `train ${hub[2]}`,
      `validation ${hub[3]}`,
      `test ${hub[0]}`,
    ]
    assert.equal(await found(hub, { files: '.' }, folder), expected)
    assert.equal(await found([], { files: '*.jsonl' }, folder), expected)
    assert.equal(await found([], { files: 'train-*' }, folder), expected.slice(0, 2))
    // A file that is named is what the options say.
    assert.equal(await found([], { files: hub[0]! }, folder), [`train ${hub[0]}`])
    // What is named elsewhere is not trained on because it lies there, too.
    assert.equal(await found([], { files: '.', testFiles: 'validation-*' }, folder), [
      ...expected.slice(0, 2),
      `test ${hub[3]}`,
    ])
    assert.equal(
      await found([], { files: '.', splitBy: 'split' }, folder),
      hub.map((name) => `train ${name}`),
    )
  }))

test('folders of splits, of any name that people use', () =>
  withTempFolder(async (folder) => {
    const names = ['train/b.jsonl', 'train/a.jsonl', 'val/a.jsonl', 'Test/a.jsonl', 'notes/x.jsonl']
    assert.equal(await found(names, { files: '.' }, folder), [
      ...['train train/a.jsonl', 'train train/b.jsonl'],
      ...['validation val/a.jsonl', 'test Test/a.jsonl'],
    ])
  }))

test('folders of pictures beside the files that speak of them, as Kaggle has them', () =>
  withTempFolder(async (folder) => {
    const pictures = ['train/a.png', 'test/b.png']
    const beside = [...pictures, 'train.jsonl', 'test.jsonl']
    const own = join(folder, 'own')
    assert.equal(await found(beside, { files: '.' }, own), ['train train.jsonl', 'test test.jsonl'])
    // Even where the folders hold files of that ending for each sample.
    assert.equal(await found(['train/a.jsonl'], { files: '.' }, own), [
      'train train.jsonl',
      'test test.jsonl',
    ])
    const one = join(folder, 'one')
    assert.equal(await found([...pictures, 'labels.jsonl'], { files: '.' }, one), [
      'train labels.jsonl',
    ])
    const part = join(folder, 'part')
    assert.equal(await found(['train/a.jsonl', 'test/b.png'], { files: '.' }, part), [
      'train train/a.jsonl',
    ])
  }))

test('folders of splits that are linked', () =>
  withTempFolder(async (folder) => {
    const [kept, linked] = [join(folder, 'kept'), join(folder, 'linked')]
    await found(['train/a.jsonl', 'test/b.jsonl'], { files: '.' }, kept)
    await mkdir(linked)
    for (const name of ['train', 'test']) await symlink(join(kept, name), join(linked, name))
    assert.equal(await found([], { files: '.' }, linked), [
      'train train/a.jsonl',
      'test test/b.jsonl',
    ])
  }))

test('names that say nothing: trained on, but refused beside others that do', () =>
  withTempFolder(async (folder) => {
    const own = join(folder, 'own')
    await mkdir(own)
    assert.equal(await found(['a.jsonl', 'b.jsonl'], { files: '.' }, own), [
      'train a.jsonl',
      'train b.jsonl',
    ])
    assert.equal(await found(['news_test.jsonl'], { files: '.' }, own), [
      ...['train a.jsonl', 'train b.jsonl'],
      'test news_test.jsonl',
    ])
    const message = await refusal(() => found(['train.jsonl'], { files: '.' }, own))
    assert.match(
      message,
      /a\.jsonl: the name must say train, validation or test, as those of other files beside it do: it is not known what this one is for\n {2}Name the files themselves/,
    )
    // A folder of nothing but one split is what somebody trains on.
    const only = join(folder, 'only')
    await mkdir(only)
    assert.equal(await found(['test-0.jsonl', 'test-1.jsonl'], { files: '.' }, only), [
      'train test-0.jsonl',
      'train test-1.jsonl',
    ])
  }))

test('words, not parts of words', () => {
  for (const [name, split] of Object.entries({
    'train.csv': 'train',
    'my-dev-set.csv': 'validation',
    'MNIST_Test.parquet': 'test',
    'valid.0001.jsonl': 'validation',
    'testimony.csv': undefined,
    'trains.csv': undefined,
    'train_test.csv': undefined,
    'data.csv': undefined,
  })) {
    assert.is(splitInName(name), split, name)
  }
})

test('shards to test with are not trained on', () =>
  withTempFolder(async (folder) => {
    const all = records(24)
    await writeParquet(join(folder, 'train-00000-of-00001.parquet'), all.slice(0, 16))
    await writeParquet(join(folder, 'validation-00000-of-00001.parquet'), all.slice(16, 20))
    await writeParquet(join(folder, 'test-00000-of-00001.parquet'), all.slice(20))
    const options = {
      files: '.',
      input: 'id',
      as: 'numbers',
      target: 'kind',
      task: 'classification',
    }
    const dataset = createAnyDataset(parquet, { ...options, threads: 0 }, { folder })
    const { train, validation, test: tested } = await dataset.load()
    assert.equal([train.length, validation!.length, tested.length], [16, 4, 4])
    assert.equal((await listed(tested, dataset)).inputs, [20, 21, 22, 23])
    assert.equal((await listed(validation!, dataset)).inputs, [16, 17, 18, 19])
  }))

test("pictures that metadata names lie beside it, in each folder: Hugging Face's imagefolder", () =>
  withTempFolder(async (folder) => {
    const red = { train: 40, validation: 80, test: 120 }
    for (const [split, value] of Object.entries(red)) {
      const own = join(folder, 'data', split)
      await mkdir(own, { recursive: true })
      const lines = []
      for (let id = 0; id < 4; id++) {
        await writePicture(join(own, `${id}.png`), [value + id, 0, 0])
        lines.push({ file_name: `${id}.png`, label: id % 2 ? 'b' : 'a' })
      }
      await writeLines(join(own, 'metadata.jsonl'), lines)
    }
    const options = {
      ...{ files: 'data', input: 'file_name', as: 'picture', size: [1, 1] },
      ...{ target: 'label', task: 'classification', threads: 0 },
    }
    const digests = []
    for (let change = 0; change < 2; change++) {
      const dataset = createAnyDataset(jsonLines, options, { folder })
      const splits = await dataset.load()
      for (const split of ['train', 'validation', 'test'] as const) {
        const { inputs } = await listed(splits[split]!, dataset)
        const reds = (inputs as number[]).filter((_, at) => at % 3 === 0)
        assert.equal(
          reds,
          [0, 1, 2, 3].map((id) => red[split] + id),
        )
      }
      digests.push(splits.digest)
      // Another picture of that name is other data, in whichever folder it lies.
      red.test = 200
      for (let id = 0; id < 4; id++) {
        await writePicture(join(folder, 'data/test', `${id}.png`), [red.test + id, 0, 0])
      }
    }
    assert.is.not(digests[0], digests[1])
  }))

test.run()
