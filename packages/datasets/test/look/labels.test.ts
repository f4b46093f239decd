import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { lookAtTable } from '../../src/look/index.ts'
import { answersIn, listedIn } from '../../src/look/labels.ts'
import { withTempFolder } from '../support/temp-folder.ts'

const test = suite('labels of a table that is looked at')

const counted = (...cells: readonly string[]) => {
  const counts = new Map<string, number>()
  for (const cell of cells) counts.set(cell, (counts.get(cell) ?? 0) + 1)
  return counts
}

test('columns that say yes or no, in any words, and those that say something else', () => {
  assert.equal(answersIn(counted('yes', 'no', 'no')), { yes: 1, no: 2 })
  assert.equal(answersIn(counted('1', '0', '1.0')), { yes: 2, no: 1 })
  assert.equal(answersIn(counted('True', 'f')), { yes: 1, no: 1 })
  for (const cells of [['yes', 'yes'], ['0'], ['yes', 'no', 'perhaps'], ['0', '1', '2'], []]) {
    assert.is(answersIn(counted(...cells)), undefined, cells.join())
  }
})

const GENRES = [
  ['action', 'comedy'],
  ['comedy'],
  ['science fiction'],
  ['action', 'science fiction'],
  ['action'],
]

test('columns of lists, however they are written, with how many rows each name is in', () => {
  const expected = [
    { name: 'action', count: 6 },
    { name: 'comedy', count: 4 },
    { name: 'science fiction', count: 4 },
  ]
  for (const written of [
    (genres: string[]) => genres.join('|'),
    (genres: string[]) => genres.join('; '),
    (genres: string[]) => genres.join(','),
    (genres: string[]) => JSON.stringify(genres),
    (genres: string[]) => `[${genres.map((genre) => `'${genre}'`).join(', ')}]`,
  ]) {
    const cells = [...GENRES, ...GENRES].map(written)
    assert.equal(listedIn(counted(...cells)), expected, cells[0])
  }
})

test('names and sentences with a comma in them are no lists', () => {
  const places = ['Bern, Switzerland', 'Köln, Germany', 'Ulm, Germany', 'Rome, Italy']
  assert.is(listedIn(counted(...places, ...places, ...places)), undefined)
  assert.is(listedIn(counted('Home, Garden', 'Toys', 'Home, Garden', 'Toys', 'Toys')), undefined)
  const notes = Array.from({ length: 40 }, (_, id) => `nothing, but note ${id}; seen`)
  assert.is(listedIn(counted(...notes)), undefined)
  assert.is(listedIn(counted('a', 'b', 'a', 'b', 'a')), undefined)
  assert.is(listedIn(counted(...['x'.repeat(80), 'a|b', 'a', 'b', 'a', 'b'])), undefined)
})

test('are told of each column', () =>
  withTempFolder(async (folder) => {
    const rows = Array.from(
      { length: 10 },
      (_, id) => `${id},${GENRES[id % 5]!.join('|')},${id % 2}`,
    )
    await writeFile(join(folder, 'a.csv'), `id,genres,good\n${rows.join('\n')}\n`)
    const { columns } = await lookAtTable(join(folder, 'a.csv'))
    assert.equal(
      columns.map(({ listed, answers }) => [listed?.length, answers]),
      [
        [undefined, undefined],
        [3, undefined],
        [undefined, { yes: 5, no: 5 }],
      ],
    )
  }))

test('a target is counted as it will be read: words for nothing are missing beside numbers and yes and no', () =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'a.csv')
    const test = join(folder, 'b.csv')
    await writeFile(file, 'a,b,c\n0,True,x\n1,False,y\nNA,nan,NA\n')
    await writeFile(test, 'a,b,c\n-,-,-\n')
    const { columns } = await lookAtTable(file, test)
    assert.equal(
      columns.map(({ missing, testMissing, distinct }) => [missing, testMissing, distinct]),
      [
        [1, 1, 2],
        [1, 1, 2],
        [0, 0, 3],
      ],
    )
    assert.equal(columns[1]!.answers, { yes: 1, no: 1 })
    assert.equal(
      listedIn(counted('p|q', 'p', 'q', 'NA', 'p', 'q', 'q|p'))?.map(({ name }) => name),
      ['p', 'q'],
    )
  }))

test('lists name no class that is empty, and none twice for spaces around it', () => {
  for (const write of [
    (names: string[]) => JSON.stringify([...names.map((name) => ` ${name}`), '']),
    (names: string[]) => `[${[...names, ''].map((name) => `'${name} '`).join(', ')}]`,
    (names: string[]) => `${names.join(' | ')}| `,
  ]) {
    const cells = [['p', 'q'], ['p'], ['q'], ['p', 'q'], ['q', 'p']].map(write)
    assert.equal(
      listedIn(counted(...cells))?.map(({ name }) => name),
      ['p', 'q'],
      cells[0],
    )
  }
})

test.run()
