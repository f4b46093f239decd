import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Dataset } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv } from '../../src/tables/csv.ts'
import { rejects } from '../support/errors.ts'
import { createDataset } from '../support/plugins.ts'
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
  action: (make: () => Dataset, folder: string) => Promise<T>,
  files: Record<string, string> = {},
): Promise<T> {
  return withTempFolder(async (folder) => {
    for (const [name, text] of Object.entries({ 'flowers.csv': FLOWERS, ...files })) {
      await writeFile(join(folder, name), text)
    }
    const whole = { file: 'flowers.csv', target: 'species', task: 'classification', ...options }
    return action(() => createDataset(csv, whole, { folder }), folder)
  })
}

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
        testPart: 2,
        limit: 1,
      },
      { folder },
    )
    assert.equal((await limited.load()).test, (await make().load()).test)
  }))

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
    'a single class',
    { file: 'one.csv', features: ['width'] },
    DataError,
    /one\.csv: column "species" must hold at least 2 classes, got \["rose"\]$/,
  ],
] as const) {
  test(`refuses ${what}`, () =>
    flowers(options, async (make) => rejects(make, type, message), {
      'one.csv': 'width,species\n1,rose\n2,rose\n',
    }))
}

test.run()
