import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parse } from 'yaml'
import { ashlar, ashlarJson } from '../support/ashlar.ts'
import { inScratch } from '../support/scratch.ts'

const test = suite('ashlar new experiment')

/** Pictures of a colour each, of several sizes. */
async function pictures(folder: string, counts: Record<string, number>, grey = false) {
  let colour = 0
  for (const [name, count] of Object.entries(counts)) {
    await mkdir(join(folder, name), { recursive: true })
    for (let i = 0; i < count; i++) {
      const [r, g] = [++colour, grey ? colour : 200 - colour]
      const size = { width: 30 + 10 * (i % 3), height: 50 }
      const background = { r, g, b: grey ? r : 7 }
      await sharp({ create: { ...size, channels: 3, background } })
        .png()
        .toFile(join(folder, name, `${i}.png`))
    }
  }
}

test('a folder of pictures: classes, balance, sizes, broken files, copies', () =>
  inScratch({}, async (folder) => {
    const data = join(folder, 'My photos!')
    await pictures(data, { dog: 12, cat: 3 })
    await copyFile(join(data, 'dog/0.png'), join(data, 'cat/twin.png'))
    const whole = await readFile(join(data, 'dog/1.png'))
    await writeFile(join(data, 'dog/1.png'), whole.subarray(0, 60))
    const file = join(folder, 'x.yaml')
    const { code, out, err } = await ashlar('new', 'experiment', data, '--yes', '--out', file)
    assert.is(code, 0, err)
    assert.match(out, /^pictures {4}16 in 2 classes\n {12}cat {2}4\n {12}dog {2}12\n/)
    assert.match(
      out,
      /\nbalance {5}the largest class has 3\.0 times the pictures of the smallest\n/,
    )
    assert.match(out, /\nsizes {7}30 to 50 wide, 50 to 50 high, mostly about 40 x 50\n/)
    assert.match(out, /\nbroken {6}1 cannot be read\n {12}.*1\.png\n/)
    assert.match(out, /\nmistakes {4}1 pictures lie in two classes\n.*(twin|0)\.png, as /)
    assert.match(out, /\nNext:\n {2}ashlar run .*x\.yaml\n$/)
    const text = await readFile(file, 'utf8')
    assert.match(text, /^# 2 classes, 16 pictures\./)
    const { dataset, model, classWeights } = parse(text)
    assert.equal(dataset.size, [32, 32])
    assert.is(dataset.folder, 'My photos!')
    assert.is(dataset.broken, 'skip')
    assert.is(model.name, 'simple-cnn')
    assert.is(classWeights, 'balanced')
    // What is written is an experiment.
    assert.is((await ashlar('config', file)).code, 0)
    assert.is((await ashlar('summary', file)).code, 0)
    const again = await ashlar('new', 'experiment', data, '--yes', '--out', file)
    assert.is(again.code, 2)
    assert.match(
      again.err,
      /the file must be new: it is there already\n {2}Choose another with --out FILE\./,
    )
  }))

test('the smallest pictures that are taken fit the network that is written', () =>
  inScratch({}, async (folder) => {
    await pictures(join(folder, 'data'), { a: 2, b: 2 })
    const write = (size: number, file: string) =>
      ashlar('new', 'experiment', join(folder, 'data'), '--size', String(size), '--out', file)
    const refused = await write(9, join(folder, '9.yaml'))
    assert.is(refused.code, 2)
    assert.match(refused.err, 'the size must be a whole number from 10 to 1024, got 9')
    for (const size of [10, 48]) {
      const file = join(folder, `${size}.yaml`)
      assert.is((await write(size, file)).code, 0)
      assert.equal(parse(await readFile(file, 'utf8')).dataset.size, [size, size])
      assert.is((await ashlar('summary', file)).code, 0)
    }
  }))

test('folders to train and to test with: what lies in both is told', () =>
  inScratch({}, async (folder) => {
    await pictures(join(folder, 'data/train'), { a: 4, b: 4 }, true)
    await pictures(join(folder, 'data/test'), { a: 1, b: 1 })
    await copyFile(join(folder, 'data/train/a/0.png'), join(folder, 'data/test/a/9.png'))
    const file = join(folder, 'x.yaml')
    const { out } = await ashlar('new', 'experiment', join(folder, 'data'), '--out', file)
    assert.match(out, /8 in 2 classes, and 3 to test\n/)
    assert.match(out, /\ncolour {6}none: all are grey\n/)
    assert.match(
      out,
      /\nleaks {7}1 test pictures are training pictures, too: the test says too much\n.*9\.png\n/,
    )
    const { dataset } = parse(await readFile(file, 'utf8'))
    assert.equal([dataset.folder, dataset.test, dataset.channels], ['data/train', 'data/test', 1])
    assert.is((await ashlar('summary', file)).code, 0)
  }))

test('folders to train, to validate and to test with', () =>
  inScratch({}, async (folder) => {
    await pictures(join(folder, 'data/train'), { a: 4, b: 4 })
    await pictures(join(folder, 'data/val'), { a: 2, b: 2 }, true)
    await pictures(join(folder, 'data/test'), { a: 1, b: 1 })
    await copyFile(join(folder, 'data/train/a/3.png'), join(folder, 'data/val/a/9.png'))
    await copyFile(join(folder, 'data/train/b/2.png'), join(folder, 'data/train/b/8.png'))
    const file = join(folder, 'x.yaml')
    const { out } = await ashlar('new', 'experiment', join(folder, 'data'), '--out', file)
    assert.match(out, /9 in 2 classes, and 5 to validate, 2 to test\n/)
    assert.match(
      out,
      /\nleaks {7}1 validation pictures are training or test pictures, too.*\n.*9\.png\n/,
    )
    // What is tested with lies elsewhere.
    assert.match(out, /\ncopies {6}1 pictures are there twice\n/)
    const { dataset, callbacks } = parse(await readFile(file, 'utf8'))
    assert.equal(
      [dataset.folder, dataset.validationFolder, dataset.test, dataset.validation],
      ['data/train', 'data/val', 'data/test', undefined],
    )
    assert.ok('early-stopping' in callbacks)
    assert.is((await ashlar('summary', file)).code, 0)
  }))

test('folders to train and to validate with alone: what is tested with is held out', () =>
  inScratch({}, async (folder) => {
    await pictures(join(folder, 'data/training'), { a: 4, b: 4 })
    await pictures(join(folder, 'data/dev'), { a: 2, b: 2 })
    const file = join(folder, 'x.yaml')
    const { out } = await ashlar('new', 'experiment', join(folder, 'data'), '--out', file)
    assert.match(out, /8 in 2 classes, and 4 to validate\n/)
    const { dataset } = parse(await readFile(file, 'utf8'))
    assert.equal(
      [dataset.folder, dataset.validationFolder, dataset.test, dataset.testPart],
      ['data/training', 'data/dev', undefined, 0.2],
    )
    assert.is((await ashlar('summary', file)).code, 0)
  }))

const MESSY = [
  'id;income;age;city;note;const;churned;status',
  ...Array.from({ length: 80 }, (_, i) => {
    const yes = i % 4 === 0
    const city = ['Bern', 'NA', '"São; Paulo"'][i % 3]
    return `${i + 1};${i % 9 ? 1000 * i : ''};${i % 7 ? i : 'n/a'};${city};text ${i};7;${yes ? 'yes' : 'no'};${yes ? 'A' : 'B'}`
  }),
].join('\r\n')

test('a messy table: delimiter, types, missing cells, columns of no use, and those that tell the target', () =>
  inScratch({ 'messy.csv': `\ufeff${MESSY}\r\n` }, async (folder) => {
    const file = join(folder, 'x.yaml')
    const { code, out, err } = await ashlar(
      ...['new', 'experiment', join(folder, 'messy.csv'), '--target', 'churned', '--out', file],
    )
    assert.is(code, 0, err)
    assert.match(
      out,
      /^table {7}80 rows, 8 columns\ntarget {6}churned: 2 classes\n {12}no {3}60\n {12}yes {2}20\n/,
    )
    assert.match(out, /id +numbers 1 to 80 \(left out: numbers the rows\)/)
    assert.match(out, /income +numbers 1000 to 79,000, 9 missing/)
    assert.match(out, /age +numbers .*, 12 missing/)
    assert.match(out, /note +80 names \(left out: 80 texts that differ\)/)
    assert.match(out, /const +numbers 7 to 7 \(left out: one value alone\)/)
    assert.match(out, /\nleaks\? {6}status alone tells the target/)
    const { dataset, classWeights } = parse(await readFile(file, 'utf8'))
    assert.equal(dataset, {
      ...{ name: 'csv', file: 'messy.csv', testPart: 0.2, validation: 0.15, delimiter: ';' },
      ...{ target: 'churned', task: 'classification' },
      ...{ features: ['income', 'age', 'city', 'status'], categorical: ['city', 'status'] },
      ...{ missing: 'median', missingIndicator: true, standardize: true },
    })
    assert.is(classWeights, 'balanced')
    const summary = await ashlarJson<{ outputShape: number[] }>('summary', file)
    assert.equal(summary.outputShape, [null, 2])
  }))

test('categories of many names become indices, for embeddings; those with few rows each are left out', () => {
  const rows = Array.from({ length: 400 }, (_, id) => {
    const town = (id * 7) % 60
    return `town ${town},street ${id % 150},${id % 5},${250_000 + 1000 * town + (id % 5)}`
  })
  return inScratch({ 'a.csv': `town,street,size,price\n${rows.join('\n')}\n` }, async (folder) => {
    const file = join(folder, 'x.yaml')
    const { out } = await ashlar(
      ...['new', 'experiment', join(folder, 'a.csv'), '--yes', '--out', file],
    )
    assert.match(out, /town +60 names\n/)
    assert.match(out, /street +150 names \(left out: 150 texts that differ\)/)
    const { dataset, model } = parse(await readFile(file, 'utf8'))
    assert.equal(dataset.features, ['town', 'size'])
    assert.equal([dataset.categorical, dataset.categories], [['town'], 'index'])
    assert.is(model.name, 'table-network')
    const summary = await ashlarJson<{ outputShape: number[]; inputs: object }>('summary', file)
    assert.equal(summary.outputShape, [null, 1])
  })
})

test('a table as spreadsheets of other languages write it: decimal commas, letters of Windows', () =>
  inScratch({}, async (folder) => {
    const rows = Array.from(
      { length: 70 },
      (_, i) => `1.${100 + i},${i % 10};Köln;${i % 2 ? 'ja' : 'nein'}`,
    )
    const text = `Fläche;Ort;Kauft\r\n${rows.join('\r\n')}\r\n`
    await writeFile(join(folder, 't.csv'), Buffer.from(text, 'latin1'))
    const file = join(folder, 't.yaml')
    const args = ['--target', 'Kauft', '--yes', '--out', file]
    const { code, out, err } = await ashlar('new', 'experiment', join(folder, 't.csv'), ...args)
    assert.is(code, 0, err)
    assert.match(out, /\ntext {8}is not UTF-8: taken for windows-1252\n/)
    assert.match(out, /\nnumbers {5}have a comma for their decimal sign\n/)
    assert.match(out, /Fläche +numbers 1100 to /)
    const { dataset } = parse(await readFile(file, 'utf8'))
    assert.equal(
      [dataset.delimiter, dataset.decimal, dataset.encoding, dataset.features],
      [';', ',', 'windows-1252', ['Fläche']],
    )
    assert.is((await ashlar('summary', file)).code, 0)
  }))

test('a number to predict, and rows that are in both tables', () =>
  inScratch(
    {
      'train.csv': `area,price\n${Array.from({ length: 40 }, (_, i) => `${i},${i * 1000.5}`).join('\n')}\n`,
      'test.csv': 'area,price\n3,3001.5\n77,1\n',
    },
    async (folder) => {
      const file = join(folder, 'x.yaml')
      const answer = await ashlarJson<{ target: string; task: string; leaks: number }>(
        ...['new', 'experiment', folder, '--out', file],
      )
      assert.equal([answer.target, answer.task, answer.leaks], ['price', 'regression', 1])
      assert.is(parse(await readFile(file, 'utf8')).dataset.test, 'test.csv')
      assert.is((await ashlar('summary', file)).code, 0)
    },
  ))

const HOPELESS: readonly [what: string, table: string, message: RegExp][] = [
  [
    'two rows',
    'a,b\n1,x\n2,y\n',
    /must have at least 3 rows with a value of "b", to train and to test with, got 2/,
  ],
  [
    'one value to predict',
    'a,b\n1,x\n2,x\n3,x\n4,x\n',
    /the column "b" must hold at least 2 values that differ, to be predicted, got \["x"\]\n {2}Choose another with --target COLUMN\./,
  ],
  ['nothing to predict', 'a,b\n1,\n2,\n3,\n4,\n', /"b" must hold at least 2 values that differ/],
  [
    'nothing to predict from',
    'b\nx\ny\nx\ny\n',
    /must have a column to predict "b" from, got \[\]/,
  ],
  [
    'nothing of use to predict from',
    'id,a,b\n1,,x\n2,,y\n3,,x\n4,,y\n',
    /must have a column to predict "b" from, got \["id \(left out: numbers the rows\)", "a \(left out: empty\)"\]/,
  ],
]

for (const [what, table, message] of HOPELESS) {
  test(`a table with ${what}: nothing is written that a run would refuse`, () =>
    inScratch({ 't.csv': table }, async (folder) => {
      const args = ['--target', 'b', '--yes', '--out', join(folder, 't.yaml')]
      const { code, err } = await ashlar('new', 'experiment', join(folder, 't.csv'), ...args)
      assert.is(code, 1)
      assert.match(err, message)
      assert.equal(await readdir(folder), ['t.csv'])
    }))
}

test('too few pictures: nothing is written that a run would refuse', () =>
  inScratch({}, async (folder) => {
    await pictures(join(folder, 'data'), { a: 1, b: 1 })
    const args = ['--yes', '--out', join(folder, 'x.yaml')]
    const { code, err } = await ashlar('new', 'experiment', join(folder, 'data'), ...args)
    assert.is(code, 1)
    assert.match(
      err,
      /must hold at least 3 pictures that can be read, to train and to test with, got 2/,
    )
  }))

test('what is to be predicted can be said', () =>
  inScratch(
    { 't.csv': `a,b\n${Array.from({ length: 20 }, (_, i) => `${i},${i % 4}`).join('\n')}\n` },
    async (folder) => {
      const write = (column: string, ...more: string[]) =>
        ashlar(
          ...['new', 'experiment', join(folder, 't.csv'), '--target', column, ...more],
          ...['--out', join(folder, `${column}${more.join('')}.yaml`)],
        )
      for (const [more, task] of [
        [[], 'classification'],
        [['--task', 'regression'], 'regression'],
      ] as const) {
        assert.is((await write('b', ...more)).code, 0)
        const file = join(folder, `b${more.join('')}.yaml`)
        assert.is(parse(await readFile(file, 'utf8')).dataset.task, task)
        assert.is((await ashlar('summary', file)).code, 0)
      }
      await writeFile(join(folder, 't.csv'), 'a,b\n1,x\n2,y\n3,x\n')
      const refused = await write('b', '--task', 'regression', '--yes')
      assert.is(refused.code, 1)
      assert.match(
        refused.err,
        /the column "b" must hold numbers for a regression, got \["x", "y"\]/,
      )
    },
  ))

test('says what it cannot take', () =>
  inScratch({ 't.csv': 'a,b\n1,2\n', 'empty.csv': '' }, async (folder) => {
    const cases: readonly [args: string[], number, RegExp][] = [
      [['none'], 1, /must be a folder of pictures or a table\n {2}There is nothing at this path\./],
      [
        [folder, '--out', join(folder, 'x.yaml')],
        1,
        /must be a folder with a sub folder of pictures for each class/,
      ],
      [
        ['t.csv', '--target', 'c', '--out', join(folder, 'x.yaml')],
        2,
        /column must be one of a, b, got "c"/,
      ],
      [['t.csv', '--out', join(folder, 'x.txt')], 2, /--out: must be a file that ends in \.yaml/],
      [['empty.csv', '--out', join(folder, 'x.yaml')], 1, /must have a first row/],
    ]
    for (const [[data, ...args], code, message] of cases) {
      const path = data!.endsWith('.csv') ? join(folder, data!) : data!
      const answer = await ashlar('new', 'experiment', path, '--yes', ...args)
      assert.is(answer.code, code, answer.err)
      assert.match(answer.err, message)
    }
  }))

test.run()
