import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { groupFigures, groupings, groupsOf, REPEATS, shortKeys } from '../../src/data/groups.ts'

const test = suite('runs that belong together')

const row = (key: string, values: readonly (string | number | null)[], isSetting = true) => ({
  ...{ key, values, isSetting },
})
const runs = ['a', 'b', 'c', 'd'].map((run) => ({ run, outcome: 'finished', experiment: 'x' }))
const differences = [
  row('seed', [0, 1, 0, 1]),
  row('optimizer.learningRate', [0.1, 0.1, 0.01, 0.01]),
  row('out', ['1', '2', '3', '4'], false),
]

test('by each setting that differs, and by all but seeds: where a run went to is none', () => {
  assert.equal(groupings({ differences }), [REPEATS, 'seed', 'optimizer.learningRate'])
  assert.equal(groupings({ differences: [differences[0]!] }), ['seed'])
  assert.equal(groupings({ differences: [differences[1]!] }), ['optimizer.learningRate'])
})

test('groups come in the order of their values', () => {
  const expected = [
    { label: 'learningRate=0.01', runs: ['c', 'd'] },
    { label: 'learningRate=0.1', runs: ['a', 'b'] },
  ]
  assert.equal(groupsOf({ runs, differences }, 'optimizer.learningRate'), expected)
  assert.equal(groupsOf({ runs, differences }, REPEATS), expected)
})

test('by nothing, or by what does not differ, each run is by itself, in its own order', () => {
  for (const by of ['', 'nothing', 'out']) {
    assert.equal(
      groupsOf({ runs, differences }, by, { a: 'first' }).map(({ label }) => label),
      ['first', 'b', 'c', 'd'],
    )
  }
})

test('a setting that some do not have is one of their own, and the text 1 is not the number', () => {
  const mixed = [row('x', [1, '1', null, null])]
  assert.equal(
    groupsOf({ runs, differences: mixed }, 'x').map((group) => group.runs),
    [['a'], ['b'], ['c', 'd']],
  )
})

test('groups that differ never have the same name', () => {
  const named = (values: readonly (string | number | boolean | null)[]) =>
    groupsOf({ runs, differences: [{ key: 'x', values, isSetting: true }] }, 'x').map(
      ({ label }) => label,
    )
  assert.equal(named([0.000123456, 0.000123457, 0.5, 0.5]), [
    'x=0.000123456',
    'x=0.000123457',
    'x=0.5',
  ])
  for (const values of [
    [1, '1', 0.1, '0.1'],
    [null, 'none', true, 'true'],
    [1234.5678, 1234.5679, 1e-9, 1.0001e-9],
  ]) {
    const labels = named(values)
    assert.is(labels.length, 4)
    assert.is(new Set(labels).size, 4, labels.join())
  }
})

test('keys are as long as tells them apart', () => {
  assert.equal(shortKeys(['a.rate', 'b.rate', 'c.size', 'seed']), [
    'a.rate',
    'b.rate',
    'size',
    'seed',
  ])
})

test('means of a group, and deviations where it has two values', () => {
  const groups = groupsOf({ runs, differences }, REPEATS)
  const metrics = [
    { key: 'loss', values: [1, 3, 5, null] },
    { key: 'accuracy', values: [null, null, 1, 1] },
  ]
  assert.equal(groupFigures({ runs, metrics }, groups), [
    { key: 'loss', means: [5, 2], deviations: [null, Math.SQRT2] },
    { key: 'accuracy', means: [1, null], deviations: [0, null] },
  ])
})

test.run()
