import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { csv, csvStream } from '../../src/index.ts'
import { answersWriter } from '../../src/tables/answers.ts'
import { createAnyDataset } from '../support/plugins.ts'
import { listed, partsOf } from '../support/streams.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('several labels of a table in memory')

const GENRES = ['comedy', 'drama', 'science fiction']
const FILMS = [
  ['comedy'],
  ['drama', 'comedy'],
  [],
  ['science fiction'],
  ['drama', 'science fiction'],
  ['science fiction', 'comedy'],
]

const HEAD = ['year', 'kind', 'genres', ...GENRES]
const textOf = (list: (genres: readonly string[]) => string, yes: readonly string[]) =>
  [
    HEAD.join(),
    ...FILMS.map((genres, at) =>
      [
        1990 + at,
        at % 2 ? 'long' : 'short',
        `"${list(genres)}"`,
        ...GENRES.map((genre) => yes[Number(genres.includes(genre))]),
      ].join(),
    ),
  ].join('\n')

const COMMON = {
  ...{ task: 'multi-label', features: ['year', 'kind'], categorical: ['kind'], testPart: 2 },
  standardize: false,
}
const LIST = { ...COMMON, target: 'genres', classes: GENRES }
const FIELDS = { ...COMMON, target: GENRES }

async function seen(folder: string, options: object, isStreamed = false) {
  const dataset = isStreamed
    ? createAnyDataset(csvStream, { files: 'a.csv', threads: 0, ...options }, { folder })
    : createAnyDataset(csv, { file: 'a.csv', ...options }, { folder })
  const { multiLabel, classes, labelShape, inputShape } = dataset.info
  const splits = partsOf(await dataset.load())
  return {
    ...{ multiLabel, classes, labelShape, inputShape },
    samples: await Promise.all(splits.map((split) => listed(split, dataset))),
  }
}

test('a column of lists or a column for each class are what csv-stream makes of them', () =>
  withTempFolder(async (folder) => {
    for (const [between, yes] of [
      [';', ['no', 'yes']],
      ['|', ['0', '1']],
      [', ', ['False', 'True']],
    ] as const) {
      await writeFile(
        join(folder, 'a.csv'),
        textOf((genres) => genres.join(between), yes),
      )
      const streamed = await seen(folder, LIST, true)
      assert.equal([streamed.multiLabel, streamed.labelShape], [true, [3]])
      assert.equal(await seen(folder, LIST), streamed)
      assert.equal(await seen(folder, FIELDS), streamed)
      const [{ inputs, labels }] = streamed.samples as unknown as [Record<string, number[]>]
      const [year] = inputs!
      const own = FILMS[year! - 1990]!
      assert.equal(
        labels!.slice(0, 3),
        GENRES.map((genre) => Number(own.includes(genre))),
      )
    }
  }))

test('rows that lack something else are left out; names follow the options, and test rows are read alike', () =>
  withTempFolder(async (folder) => {
    const text = textOf((genres) => JSON.stringify(genres).replaceAll('"', '""'), ['f', 't'])
    await writeFile(join(folder, 'a.csv'), text.replace('1992', ''))
    await writeFile(join(folder, 'b.csv'), text)
    const dataset = createAnyDataset(
      csv,
      { file: 'a.csv', test: 'b.csv', ...FIELDS, classes: ['c', 'd', 's'], missing: 'drop' },
      { folder },
    )
    const { train, test: held, leftOut } = await dataset.load()
    assert.equal(dataset.info.classes, ['c', 'd', 's'])
    assert.equal([train.length, held.length, leftOut?.length], [5, 6, 1])
    const { labels } = await listed(held, dataset)
    assert.equal((labels as number[]).slice(6, 9), [0, 0, 0])
  }))

test('what cannot be is told with its place', () =>
  withTempFolder(async (folder) => {
    await writeFile(
      join(folder, 'a.csv'),
      textOf((genres) => genres.join(';'), ['no', 'maybe']),
    )
    const told = (options: object) => refusal(() => seen(folder, options))
    assert.match(
      await told(FIELDS),
      /a\.csv, line 2, column "comedy": must say yes or no: 1, true, .*got "maybe"/,
    )
    assert.match(
      await told({ ...LIST, classes: ['comedy', 'drama'] }),
      /a\.csv, line 5, column "genres": must be some of comedy, drama, .*got "science/,
    )
    assert.match(
      await told({ ...LIST, classes: undefined }),
      /^csv\.classes: must be given for `task: multi-label` of one column, whose cells hold lists of them$/,
    )
    assert.match(
      await told({ ...FIELDS, classes: ['a', 'b'] }),
      /^csv\.classes: must have one for each of the 3 fields, got \["a", "b"\]$/,
    )
    assert.match(
      await told({ ...LIST, classes: ['comedy', 'drama', 'comedy'] }),
      /^csv\.classes: must name each class once, got "comedy"$/,
    )
    assert.match(
      await told({ ...FIELDS, target: ['comedy', 'comedy'] }),
      /^csv\.target: must name each column once, got "comedy"$/,
    )
    assert.match(
      await told({ ...FIELDS, task: 'classification' }),
      /^csv\.target: must be one column for `task: classification`, got .*\n {2}Several columns that say yes or no are `task: multi-label`/,
    )
    assert.match(
      await told({ ...LIST, task: 'classification' }),
      /^csv\.classes: must be left out of `task: classification`: they are those of the table/,
    )
    assert.match(
      await told({ ...FIELDS, target: ['comedy', 'dramas'] }),
      /^csv\.target: column of .*Did you mean "drama"\?$/s,
    )
    assert.match(
      await told({ ...FIELDS, features: ['year', 'drama'] }),
      /^csv\.features: must not contain the target, got "drama"$/,
    )
  }))

test('a cell of lists that is a word for nothing is an empty list, unless it is a class', () => {
  const written = (classes: readonly string[], value: unknown) => {
    const to = new Float32Array(classes.length)
    answersWriter({ fields: ['a'], classes })({ value: () => value, where: () => 'here' }, to)
    return [...to]
  }
  for (const nothing of ['NA', 'nan', '-', ' None ', Number.NaN, null]) {
    assert.equal(written(['a', 'b'], nothing), [0, 0], String(nothing))
  }
  assert.equal(written(['a', 'none'], 'none'), [0, 1])
})

test('where names of classes are numbers, a number that is none of them is no index', () => {
  const write = answersWriter({ fields: ['a'], classes: ['10', '20', '30'] })
  const written = (value: unknown) => {
    const to = new Float32Array(3)
    write({ value: () => value, where: () => 'here' }, to)
    return [...to]
  }
  assert.equal(written('20|10'), [1, 1, 0])
  assert.throws(() => written('2|10'), /^here: must be some of 10, 20, 30, got "2"/)
  assert.throws(() => written([2]), /must be some of 10, 20, 30, got 2/)
})

test('spaces around names of a list and empty ones are none of them, however it is written', () => {
  const write = answersWriter({ fields: ['a'], classes: ['x', 'y'] })
  for (const value of ['[" x ", ""]', "['x ', '']", 'x; ;']) {
    const to = new Float32Array(2)
    write({ value: () => value, where: () => 'here' }, to)
    assert.equal([...to], [1, 0], String(value))
  }
})

test.run()
