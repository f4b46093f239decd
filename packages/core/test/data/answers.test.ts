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

test.run()
