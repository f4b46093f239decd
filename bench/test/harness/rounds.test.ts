import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { interleave } from '../../src/harness/rounds.ts'

const rounds = suite('rounds')

rounds('everyone has one turn in each round, and each round begins with another', async () => {
  const turns: string[] = []
  const results = await interleave(['a', 'b', 'c'], 3, async (subject, round) => {
    turns.push(subject)
    return round
  })
  assert.is(turns.join(''), 'abcbcacab')
  assert.equal(results, [
    [0, 1, 2],
    [0, 1, 2],
    [0, 1, 2],
  ])
})

rounds.run()
