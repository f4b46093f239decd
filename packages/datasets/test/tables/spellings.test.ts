import { DataError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { namesOf, type Spellings } from '../../src/tables/spellings.ts'
import { rejects } from '../support/errors.ts'

const test = suite('spellings')
const names = (cells: readonly string[], spellings: Spellings = 'refuse') =>
  namesOf(new Map(cells.map((cell, i) => [cell, `line ${i + 2}`])), spellings)

/** Texts that mean the same. */
const ALIKE = [
  ['1', '1.0', '01', ' 1', '1e0', '+1', '1.', '10e-1', '0.1e1', '0x1', '1E+0'],
  ['0', '0.0', '-0', '00', '0e5', '.0'],
  ['-1.5', '-1.50', '-15e-1'],
  ['true', 'True', 'TRUE'],
  ['a b', 'a  b', ' a b ', 'a\u00a0b', 'a\nb', 'a\u200b b'],
  ['12345678901234567890', '12345678901234567890.0', '1234567890123456789e1'],
]
/** Texts that do not. */
const APART = [
  ['1', '-1', '10', '0.1', '1.01', '1a', 'l', '1e2', '.', '', '-'],
  ['12345678901234567890', '12345678901234567891'],
  ['1e400', '1e401', '1e-400'],
  ['a', 'A', 'ab', 'a-b', 'yes', 'Yes', 'truest'],
  ['0x', '0xg', '0b2', 'e5', '1e', '1.2.3'],
]

test('refuses two spellings of one name, and names both places', async () => {
  await rejects(
    () => names(['0', '1', '1.0']),
    DataError,
    'line 4: a name must be spelled in one way, and this one is "1" in line 3, got "1.0"\n' +
      '  Spell them alike, or say what they are: `spellings: merge` makes one of them, `spellings: keep` two.',
  )
  for (const group of ALIKE) {
    for (const one of group) {
      for (const other of group) {
        if (one === other) assert.equal(names([one]).names, [one])
        else await rejects(() => names([one, other]), DataError, /must be spelled in one way/)
      }
    }
  }
})

test('takes what differs for different', () => {
  for (const group of APART) {
    for (const spellings of ['refuse', 'merge', 'keep'] as const) {
      const found = names(group, spellings)
      assert.is(found.names.length, group.length, `${group}`)
      for (const cell of group) assert.is(found.names[found.index.get(cell)!], cell)
    }
  }
})

test('merge makes one of them, by the shortest spelling, in whatever order they come', () => {
  for (const group of ALIKE) {
    const found = names([...group, 'other'], 'merge')
    assert.is(found.names.length, 2)
    assert.is(new Set(group.map((cell) => found.index.get(cell))).size, 1)
    assert.equal(names(['other', ...group.toReversed()], 'merge').names, found.names)
  }
  assert.equal(names(['10', '2.0', '2', '01'], 'merge').names, ['01', '2', '10'])
  assert.equal(names(['TRUE', 'false', 'true'], 'merge').names, ['TRUE', 'false'])
})

test('keep takes each for its own', () => {
  for (const group of ALIKE) assert.is(names(group, 'keep').names.length, group.length)
  assert.equal(names(['1.0', '1', '0'], 'keep').names, ['0', '1', '1.0'])
})

test.run()
