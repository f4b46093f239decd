import { refusal } from '@ashlar/test-support'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { filterRuns, type RunRecord, sortRuns } from '../../src/runs/index.ts'

const test = suite('filterRuns and sortRuns')

const record = (run: string, more: Partial<RunRecord>): RunRecord => ({
  run,
  experiment: 'e',
  outcome: 'finished',
  metrics: {},
  tags: [],
  note: '',
  config: {},
  ...more,
})
const runs = [
  record('a', {
    metrics: { accuracy: 0.95 },
    config: { 'optimizer.name': 'adam', epochs: 9 },
    tags: ['best', 'wide'],
    began: '2026-11-02T10:00:00Z',
  }),
  record('b', {
    metrics: { accuracy: 0.9 },
    config: { 'optimizer.name': 'sgd', epochs: 10 },
    began: '2026-10-30T10:00:00Z',
  }),
  record('c', { outcome: 'failed', config: { epochs: 100 } }),
]

for (const [conditions, expected] of [
  [[], 'abc'],
  [['accuracy>0.9'], 'a'],
  [['accuracy>=0.9'], 'ab'],
  [['accuracy<0.95'], 'b'],
  [['epochs>9'], 'bc'],
  [['epochs <= 10'], 'ab'],
  [['optimizer.name=sgd'], 'b'],
  [['optimizer.name!=sgd'], 'ac'],
  [['outcome=failed'], 'c'],
  [['tag=best'], 'a'],
  [['tag!=best'], 'bc'],
  [['began>2026-11'], 'a'],
  [['epochs>9', 'outcome=finished'], 'b'],
] as const) {
  test(`${conditions.join(' and ') || 'no condition'}`, () => {
    assert.is(
      filterRuns(runs, conditions)
        .map(({ run }) => run)
        .join(''),
      expected,
    )
  })
}

test('sorting, with runs that have no such value at the end', () => {
  const order = (key: string) =>
    sortRuns(runs, key)
      .map(({ run }) => run)
      .join('')
  assert.is(order('accuracy'), 'abc')
  assert.is(order('-accuracy'), 'bac')
  assert.is(order('epochs'), 'cba')
  assert.is(order('optimizer.name'), 'bac')
})

test('a number is held against a number, and the example is one that people type', async () => {
  const precise = [record('d', { metrics: { accuracy: 0.8490566037735849 } })]
  assert.is(
    await refusal(() => filterRuns(precise, ['accuracy>high'])),
    'runs accuracy>high: accuracy is a number, and must be held against one, got "high"\n  For example accuracy>0.849.',
  )
})

test('what cannot be read, and keys that no run has', async () => {
  assert.match(
    await refusal(() => filterRuns(runs, ['accuracy'])),
    /^runs: a condition must be a key, one of = != > >= < <=, and a value, got "accuracy"/,
  )
  assert.match(await refusal(() => filterRuns(runs, ['accurcy>1'])), /Did you mean "accuracy"\?/)
  assert.match(await refusal(() => sortRuns(runs, 'epoch')), /Did you mean "epochs"\?/)
})

test.run()
