import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv } from '../../src/tables/csv.ts'
import { rejects } from '../support/errors.ts'
import { type ArrayDataset, createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const FLOWERS = `width,colour,species,height
1,red,rose,5
2,blue,iris,6
3,red,rose,7
4,white,lily,8
`
const test = suite('csv')

/** A dataset of the flowers; other tables by file name. */
function flowers<T>(
  options: Record<string, unknown>,
  action: (make: () => ArrayDataset, folder: string) => Promise<T>,
  files: Record<string, string | Buffer> = {},
): Promise<T> {
  return withTempFolder(async (folder) => {
    for (const [name, content] of Object.entries({ 'flowers.csv': FLOWERS, ...files })) {
      await writeFile(join(folder, name), content)
    }
    const usual = { target: 'species', task: 'classification', standardize: false }
    const whole = { file: 'flowers.csv', ...usual, ...options }
    return action(() => createDataset(csv, whole, { folder }), folder)
  })
}

test('says where the numbers to predict lie, by the rows that are trained on alone', () => {
  const table = `x,price\n${Array.from({ length: 40 }, (_, i) => `${i},${i === 0 ? 9e6 : 1000 * i}`).join('\n')}\n`
  const options = { file: 'p.csv', target: 'price', task: 'regression', testPart: 0.5 }
  return flowers(
    options,
    async (make) => {
      const { info, load } = make()
      const { train } = await load()
      const prices = Array.from(train.labels as Float32Array)
      const mean = prices.reduce((sum, each) => sum + each, 0) / prices.length
      assert.ok(Math.abs(info.targetScale!.mean[0]! / mean - 1) < 1e-6)
      assert.is(info.targetScale!.std.length, 1)
    },
    { 'p.csv': table },
  )
})

test('numbers that are near 0 are left as they are, and classes have no place', async () => {
  await flowers(
    { target: 'height', task: 'regression', features: ['width'], testPart: 1 },
    (make) => Promise.resolve(assert.is(make().info.targetScale, undefined)),
  )
  await flowers({ categorical: ['colour'], test: 'flowers.csv' }, (make) =>
    Promise.resolve(assert.is(make().info.targetScale, undefined)),
  )
})

test('predicts a class from numbers and categories', () =>
  flowers({ categorical: ['colour'], test: 'flowers.csv' }, async (make) => {
    const { info, load } = make()
    assert.equal(info.classes, ['iris', 'lily', 'rose'])
    assert.equal(info.inputShape, [5])
    assert.equal(info.inputRange, [0, 8])
    const { train, test: held } = await load()
    assert.equal([...train.inputs.subarray(0, 10)], [1, 0, 1, 0, 5, 2, 1, 0, 0, 6])
    assert.equal(train.labels, Uint8Array.of(2, 0, 2, 1))
    assert.equal(held, train)
  }))

test('predicts a number from chosen columns in the order that was given', () =>
  flowers(
    { target: 'height', task: 'regression', features: ['width'], testPart: 1 },
    async (make) => {
      const { info, load } = make()
      assert.equal(info.classes, [])
      assert.equal(info.labelShape, [])
      const { train, test: held } = await load()
      assert.is(train.length, 3)
      const pairs = [train, held].flatMap(({ inputs, labels }) =>
        Array.from(inputs, (width, i) => [width, labels[i]]),
      )
      assert.equal(pairs.sort(), [
        [1, 5],
        [2, 6],
        [3, 7],
        [4, 8],
      ])
    },
  ))

test('finds the columns of a test table by name', () =>
  flowers(
    { features: ['width', 'height'], test: 'test.csv' },
    async (make) => {
      const { test: held } = await make().load()
      assert.equal([...held.inputs], [20, 10])
      assert.equal([...held.labels], [0])
    },
    { 'test.csv': 'height,width,species\n10,20,iris\n' },
  ))

test('keeps the test samples when a limit is set', () =>
  flowers({ features: ['width'], testPart: 2 }, async (make, folder) => {
    const limited = createDataset(
      csv,
      {
        file: 'flowers.csv',
        target: 'species',
        task: 'classification',
        features: ['width'],
        standardize: false,
        testPart: 2,
        limit: 1,
      },
      { folder },
    )
    assert.equal((await limited.load()).test, (await make().load()).test)
  }))

const COUNTS = 'a,y\n1,1\n2,1.0\n3,0\n'

test('takes one name in two spellings for one class, for two, or for a mistake, as it is told', async () => {
  const read = (more: object) =>
    flowers(
      { file: 'counts.csv', target: 'y', test: 'counts.csv', ...more },
      async (make) => [make().info.classes, [...(await make().load()).train.labels]],
      { 'counts.csv': COUNTS },
    )
  await rejects(
    () => read({}),
    DataError,
    /counts\.csv, line 3, column "y": a name must be spelled in one way, and this one is "1" in .*counts\.csv, line 2, column "y", got "1\.0"\n/,
  )
  assert.equal(await read({ spellings: 'merge' }), [
    ['0', '1'],
    [1, 1, 0],
  ])
  assert.equal(await read({ spellings: 'keep' }), [
    ['0', '1', '1.0'],
    [1, 2, 0],
  ])
})

test('holds the tables against each other: spellings, and classes that nothing is learned of', async () => {
  const against = (text: string, more: object = {}) =>
    flowers({ features: ['width'], test: 't.csv', ...more }, async (make) => make().info.classes, {
      't.csv': text,
    })
  await rejects(
    () => against('width,species\n1,"rose "\n'),
    DataError,
    /t\.csv, line 2, column "species": a name must be spelled in one way/,
  )
  await rejects(
    () => against('width,species\n1,rose\n2,tulip\n'),
    DataError,
    /t\.csv, line 3, column "species": the class must be one of the training table, too, got "tulip"$/,
  )
  // Not every class needs to be tested.
  assert.equal(await against('width,species\n1,rose\n'), ['iris', 'lily', 'rose'])
})

test('reads a table in its encoding, and names in any form of Unicode', () =>
  flowers(
    {
      file: 'latin1.csv',
      encoding: 'latin1',
      test: 'again.csv',
      target: 'esp\u00e8ce',
      features: ['cafe\u0301'],
      categorical: ['cafe\u0301'],
    },
    async (make) => {
      const { info, load } = make()
      assert.equal(info.classes, ['caf\u00e8', 'caf\u00e9', 'tea'])
      assert.equal([...(await load()).train.labels], [1, 0, 2])
    },
    {
      'latin1.csv': Buffer.from(
        'caf\u00e9,esp\u00e8ce\n1,caf\u00e9\n2,caf\u00e8\n3,tea\n',
        'latin1',
      ),
      'again.csv': Buffer.from('caf\u00e9,esp\u00e8ce\n1,tea\n', 'latin1'),
    },
  ))

test('takes a number that float32 does not have when it is told to', () =>
  flowers(
    { file: 'ids.csv', test: 'ids.csv', target: 'y', rounding: 'nearest' },
    async (make) => assert.equal([...(await make().load()).train.inputs], [2 ** 24, 5]),
    { 'ids.csv': 'id,y\n16777217,p\n5,q\n' },
  ))

for (const [options, message] of [
  [{ delimiter: '"' }, /must be without quotes and line ends/],
  [{ delimiter: ',\n' }, /must be without quotes and line ends/],
  [{ encoding: 'klingon' }, /must be a text encoding, such as utf-8/],
] as const) {
  test(`refuses the option ${JSON.stringify(options)}`, () => {
    const result = csv.options.safeParse({
      ...{ file: 'a', target: 'y', task: 'regression' },
      ...options,
    })
    assert.match(result.error?.message ?? '', message)
  })
}

for (const [what, options, type, message] of [
  [
    'an unknown target',
    { target: 'specie' },
    ConfigError,
    /^csv\.target: column of .*flowers\.csv must be one of width, colour, species, height, got "specie"\n {2}Did you mean "species"\?$/,
  ],
  [
    'an unknown feature',
    { features: ['widht'] },
    ConfigError,
    /^csv\.features: column of .*, got "widht"\n {2}Did you mean "width"\?$/,
  ],
  [
    'the target among the features',
    { features: ['width', 'species'] },
    ConfigError,
    /^csv\.features: must not contain the target, got "species"$/,
  ],
  [
    'a category that is no feature',
    { features: ['width'], categorical: ['colour'] },
    ConfigError,
    /^csv\.categorical: must name features only, got "colour"$/,
  ],
  [
    'texts that are not said to be categories',
    {},
    DataError,
    /flowers\.csv, line 2, column "colour": the cell must be a number, got "red"\n/,
  ],
  [
    'a regression of texts',
    { task: 'regression', features: ['width'] },
    DataError,
    /line 2, column "species": the cell must be a number, got "rose"\n/,
  ],
  [
    'a table of the target alone',
    { file: 'y.csv' },
    DataError,
    /y\.csv: must have a column to predict from besides the target "species", got \["species"\]\n {2}If it has more, the cells are parted/,
  ],
  [
    'a feature named twice',
    { features: ['width', 'height', 'width'] },
    ConfigError,
    /^csv\.features: must name each column once, got "width"$/,
  ],
  [
    'a number that float32 does not have',
    { file: 'large.csv' },
    DataError,
    /large\.csv, line 2, column "a": the cell must be a number that float32 has, which ends at/,
  ],
  [
    'a single class',
    { file: 'one.csv', features: ['width'] },
    DataError,
    /one\.csv: column "species" must hold at least 2 classes, got \["rose"\]$/,
  ],
] as const) {
  test(`refuses ${what}`, () =>
    flowers(options, async (make) => rejects(make, type, message), {
      'one.csv': 'width,species\n1,rose\n2,rose\n',
      'y.csv': 'species\nrose\niris\n',
      'large.csv': 'a,species\n1e39,rose\n2,iris\n3,iris\n',
    }))
}

test.run()
