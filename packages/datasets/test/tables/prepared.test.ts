import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type DatasetSplits, foldRows, inMemory, type TableEncoding } from '@ashlar/core'
import { ConfigError, DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv } from '../../src/tables/csv.ts'
import { rejects } from '../support/errors.ts'
import { type ArrayDataset, arraysOf, createDataset } from '../support/plugins.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('tables that are prepared')

function table<T>(
  text: string,
  options: object,
  action: (make: (more?: object) => ArrayDataset) => Promise<T>,
  testText?: string,
): Promise<T> {
  return withTempFolder(async (folder) => {
    await writeFile(join(folder, 't.csv'), text)
    if (testText !== undefined) await writeFile(join(folder, 'test.csv'), testText)
    const whole = {
      ...{ file: 't.csv', target: 'y', task: 'regression', ...options },
      ...(testText !== undefined && { test: 'test.csv' }),
    }
    return action((more = {}) => createDataset(csv, { ...whole, ...more }, { folder }))
  })
}

/** A table of made-up numbers; each third cell of `b` may be missing. */
function made(rows: number, missing: string | undefined): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const a = 1e5 + 1e4 * Math.sin(i * 12.9)
    const b =
      missing !== undefined && i % 3 === 1 ? missing : (0.001 * Math.cos(i * 78.2)).toFixed(9)
    return `${a},${b},${'pqr'[i % 3]},${i}`
  })
  return `a,b,c,y\n${lines.join('\n')}\n`
}

const column = (splits: DatasetSplits, part: 'train' | 'test', at: number): number[] => {
  const { inputs, length } = inMemory(splits[part])
  const width = inputs.length / length
  return Array.from({ length }, (_, row) => inputs[row * width + at]!)
}
const mean = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0) / numbers.length
const std = (numbers: readonly number[]) =>
  Math.sqrt(mean(numbers.map((each) => (each - mean(numbers)) ** 2)))
const near = (a: number, b: number, by = 1e-5) => assert.ok(Math.abs(a - b) < by, `${a}, not ${b}`)

test('standardizes columns of numbers by the training rows alone, whatever their scale', () =>
  table(made(60, undefined), { categorical: ['c'], testPart: 20 }, async (make) => {
    const splits = await make().load()
    for (const at of [0, 1]) {
      near(mean(column(splits, 'train', at)), 0)
      near(std(column(splits, 'train', at)), 1)
      // The rows that are held out have means of their own.
      assert.ok(Math.abs(mean(column(splits, 'test', at))) > 1e-3)
    }
    for (const at of [2, 3, 4]) {
      assert.equal([...new Set(column(splits, 'train', at))].sort(), [0, 1])
    }
    const raw = await make({ standardize: false }).load()
    const { columns } = splits.input as TableEncoding
    const [a] = columns as unknown as [{ mean: number; std: number }]
    near(a.mean, mean(column(raw, 'train', 0)), 1e-2)
    near(a.std, std(column(raw, 'train', 0)), 1e-2)
  }))

test('nothing of the test table or of validation rows is looked at', () =>
  table(
    made(40, undefined),
    { categorical: ['c'], validation: 10 },
    async (make) => {
      const { input, train, validation } = await make().load()
      near(mean(column({ train } as DatasetSplits, 'train', 0)), 0)
      assert.ok(Math.abs(mean(column({ train: validation } as DatasetSplits, 'train', 0))) > 1e-3)
      const [a] = (input as TableEncoding).columns as unknown as [{ mean: number }]
      assert.ok(a.mean < 2e5)
    },
    'a,b,c,y\n9e8,5,zzz,1\n',
  ))

const fills: readonly [missing: string, fill: number][] = [
  ['mean', 3.75],
  ['median', 2.5],
  ['most-frequent', 2],
]
for (const [missing, fill] of fills) {
  test(`fills missing numbers by the ${missing} of the training rows, names by the most frequent`, () =>
    table(
      'n,c,y\n2,p,1\n,q,2\n2,,3\n3,q,4\n8,q,5\nNA,p,6\n',
      { missing, categorical: ['c'], standardize: false, missingIndicator: true },
      async (make) => {
        const splits = await make().load()
        const [n, c] = (splits.input as TableEncoding).columns
        assert.equal(n, { kind: 'number', name: 'n', fill, indicator: true })
        assert.equal(c?.fill, 'q')
        assert.equal([...splits.train.inputs.subarray(5, 10)], [fill, 1, 0, 1, 0])
        assert.equal([...splits.train.inputs.subarray(10, 15)], [2, 0, 0, 1, 1])
        // Other rows are filled by what the training rows say.
        assert.equal([...splits.test.inputs], [fill, 1, 1, 0, 0])
      },
      'n,c,y\n?,p,9\n',
    ))
}

test('missing numbers are filled before the deviation is taken', () =>
  table(
    'n,y\n1,1\n3,2\n,3\n,4\n',
    { missing: 'mean' },
    async (make) => {
      const [n] = ((await make().load()).input as TableEncoding).columns
      assert.equal(n, { kind: 'number', name: 'n', fill: 2, mean: 2, std: Math.SQRT1_2 })
    },
    'n,y\n1,1\n',
  ))

test('leaves out rows with missing values, of the target too, and says which', () =>
  table(
    'n,c,note,y\n1,p,,1\n,p,x,2\n3,,x,3\n4,q,x,\n5,q,,5\n',
    { missing: 'drop', features: ['n', 'c'], categorical: ['c'], standardize: false, testPart: 1 },
    async (make) => {
      const { train, test: held, leftOut, refit } = await make().load()
      assert.equal((await refit?.(Uint32Array.of(0)))?.leftOut, leftOut)
      assert.equal([...train.labels, ...held.labels].sort(), [1, 5])
      assert.equal(
        leftOut?.map(({ where, reason }) => `${where.replace(/^.*\//, '')} ${reason}`),
        ['t.csv, line 3 has no "n"', 't.csv, line 4 has no "c"', 't.csv, line 5 has no "y"'],
      )
    },
  ))

test('refuses missing values unless it is told what to do', async () => {
  await table('n,y\n1,1\n,2\n3,3\n', {}, async (make) => {
    await rejects(
      () => make(),
      DataError,
      /t\.csv, line 3, column "n": the cell must not be empty\n {2}Say what to do with missing values: `missing: median`/,
    )
  })
  await table('n,y\n1,1\nNA,2\n3,3\n', {}, async (make) => {
    await rejects(() => make(), DataError, /line 3, column "n": the cell must not be empty\n/)
  })
  await table('n,y\n,1\n,2\n,3\n', { missing: 'mean' }, async (make) => {
    await rejects(
      () => make(),
      ConfigError,
      /^csv\.missing: column "n" .* must have a value in some row/,
    )
  })
  await table('n,y\n1,1\n', { missing: 'drop', features: ['m'] }, async (make) => {
    await rejects(() => make(), ConfigError, /csv\.features.*"m"/s)
  })
  await table('n,y\n,1\n,2\n,3\n', { missing: 'drop' }, async (make) => {
    await rejects(() => make(), DataError, /must have a row without a missing value/)
  })
})

test('a category that no training row has is none, or an error', () =>
  table(
    'c,y\np,1\nq,2\n',
    { categorical: ['c'] },
    async (make) => {
      assert.equal([...(await make().load()).test.inputs], [0, 0, 0, 1])
      await rejects(
        () => make({ unseen: 'refuse' }),
        DataError,
        /test\.csv, line 2, column "c": the cell must be one of p, q, as the rows that were trained on have no other, got "r"\n/,
      )
    },
    'c,y\nr,1\nq,1\n',
  ))

test('a name in a column of names may be a word for nothing', () =>
  table('c,y\nNA,1\nUS,2\nNA,3\n', { categorical: ['c'], testPart: 1 }, async (make) => {
    assert.equal((make().info.input as TableEncoding).columns[0]?.kind, 'category')
    assert.is((make().info.input as TableEncoding).columns[0]?.fill, undefined)
  }))

test('a column of one number stays near zero', () =>
  table('n,m,y\n7,1,1\n7,2,2\n7,3,3\n', { testPart: 1 }, async (make) => {
    const splits = await make().load()
    assert.equal(column(splits, 'train', 0), [0, 0])
    assert.ok(splits.train.inputs.every(Number.isFinite))
  }))

test('samples can be made as a model has seen them, and of its own columns alone', () =>
  table(made(30, ''), { categorical: ['c'], missing: 'median' }, async (make) => {
    const { input } = await make({ limit: 12 }).load()
    const stored = JSON.parse(JSON.stringify(input)) as TableEncoding
    const { test: own } = await make({ limit: 12 }).load()
    // The whole table has other means.
    assert.equal((await make().load({ input: stored })).test.inputs, own.inputs)
    assert.not.equal((await make().load()).test.inputs, own.inputs)
    await rejects(
      () => make({ features: ['a', 'b'], categorical: [] }).load({ input: stored }),
      ConfigError,
      /^csv: the columns must be those that the model was trained with: a \(number\), b \(number\), c \(category\), got/,
    )
  }))

const towns = 'pqr'
  .repeat(4)
  .split('')
  .map((town, row) => `${town},${row}`)

test('a table with other categories is as wide as what a model has seen', () =>
  table(
    `c,y\n${towns.join('\n')}\n`,
    { categorical: ['c'], testPart: 2 },
    async (make) => {
      const { input } = await make({ test: undefined }).load()
      const other = await make({ file: 'test.csv', test: undefined }).load({ input })
      for (const { inputs, labels } of [other.train, other.test]) {
        // Rows of even numbers are s, which the model has not seen: none of the categories.
        const of = (label: number) => [0, 0, label % 2]
        assert.equal([...inputs], [...(labels as Float32Array)].flatMap(of))
      }
    },
    'c,y\nr,1\ns,2\nr,3\ns,4\n',
  ))

test('each fold of a cross-validation is fitted to its own rows', () =>
  table(made(40, ''), { categorical: ['c'], missing: 'mean' }, async (make) => {
    const dataset = make()
    const splits = await dataset.load()
    const samples = { ...splits.train, info: dataset.info }
    for (const index of [0, 1, 2]) {
      const { train, validation } = foldRows(samples, { count: 3 }, index)
      const again = arraysOf(await splits.refit!(train))
      assert.is(again.train.inputs.length, splits.train.inputs.length)
      const numbers = column(again, 'train', 0)
      near(mean([...train].map((row) => numbers[row]!)), 0)
      near(std([...train].map((row) => numbers[row]!)), 1)
      assert.ok(Math.abs(mean([...validation].map((row) => numbers[row]!))) > 1e-3)
    }
  }))

test.run()
