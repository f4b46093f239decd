import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { everyIndex, planSplits } from '../../src/splits/plan.ts'
import { rejects } from '../support/errors.ts'

const test = suite('planSplits')

test('limits first, then holds out', () => {
  const options = { limit: 10, testLimit: 3, validation: 4 }
  const plan = planSplits('tiny', everyIndex(100), everyIndex(50), options, 1)
  assert.is(plan.train.length, 6)
  assert.equal([...plan.test], [0, 1, 2])
  const all = [...plan.train, ...plan.validation!]
  assert.equal(
    all.sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  )
})

test('leaves at least one sample on both sides', async () => {
  for (const part of [5, 6, 0.01, 0.95]) {
    await rejects(
      () => planSplits('tiny', everyIndex(5), everyIndex(5), { validation: part }, 1),
      ConfigError,
      `tiny.validation: must hold out at least 1 and leave at least 1 of 5 samples, got ${part}`,
    )
  }
})

test.run()
