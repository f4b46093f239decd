import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { describeFailures } from '../../src/work/failures.ts'

const test = suite('trials that failed')

const failed = (error: string, ...ids: readonly string[]) => ids.map((id) => ({ id, error }))

test('an error of several trials is said once, the one that most had first', () => {
  const trials = [...failed('no file', 'a'), ...failed('NaN', 'b', 'c', 'd', 'e')]
  assert.equal(describeFailures(trials, 'results.json'), [
    'b, c and 2 more failed: NaN',
    'a failed: no file',
  ])
  assert.equal(describeFailures(failed('NaN', 'a', 'b'), 'results.json'), ['a and b failed: NaN'])
  assert.equal(describeFailures([], 'results.json'), [])
})

test('of many errors three are said, and where the others are', () => {
  const trials = ['a', 'b', 'c', 'd', 'e'].flatMap((id) => failed(`error ${id}`, id))
  assert.equal(describeFailures(trials, 'results.json').slice(2), [
    'c failed: error c',
    '2 other errors: results.json',
  ])
  assert.is(describeFailures(trials.slice(1), 'results.json').at(-1), '1 other error: results.json')
})

test.run()
