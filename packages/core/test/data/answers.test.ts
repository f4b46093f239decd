import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { answersOf, mostProbable } from '../../src/data/answers.ts'

const test = suite('answers')

test('classes whose names are numbers come in the order of their probabilities', () => {
  const digits = {
    task: 'classification',
    classes: ['0', '1', '2'],
    gives: 'probabilities',
  } as const
  const [answer] = answersOf(digits, [0.2, 0.5, 0.3], 1, 'test')
  assert.ok(answer !== undefined && 'class' in answer)
  assert.is(answer.class, '1')
  assert.is(answer.probability, 0.5)
  assert.equal(mostProbable(answer.probabilities), [
    ['1', 0.5],
    ['2', 0.3],
    ['0', 0.2],
  ])
})

test('several labels: each class by itself, those above one half are right', () => {
  const genres = { task: 'multi-label', classes: ['a', 'b', 'c'], gives: 'logits' } as const
  const found = answersOf(genres, [0, Math.log(3), -Math.log(3), -1, -2, -3], 2, 'test')
  assert.ok('labels' in found[0]! && 'labels' in found[1]!)
  assert.equal(found[0].labels, ['b'])
  const shares = Object.entries(found[0].probabilities)
  for (const [at, share] of [0.5, 0.75, 0.25].entries()) {
    assert.ok(Math.abs(shares[at]![1] - share) < 1e-12)
  }
  assert.equal(found[1].labels, [])
  const given = { ...genres, gives: 'probabilities' } as const
  assert.equal(answersOf(given, [0.5, 0.51, 1], 1, 'test'), [
    { labels: ['b', 'c'], probabilities: { a: 0.5, b: 0.51, c: 1 } },
  ])
  assert.throws(
    () => answersOf(genres, [0, 1], 1, 'test'),
    /test: the output must have a number for each of 3 classes, got 2/,
  )
})

test.run()
