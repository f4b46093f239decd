import { ConfigError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { everyIndex, holdOut, planSplits } from '../../src/splits/plan.ts'
import { rejects } from '../support/errors.ts'

const test = suite('planSplits')
const where = { dataset: 'tiny', option: 'validation' }

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

test('keeps the order of the whole in both parts', () => {
  const { kept, heldOut } = holdOut(everyIndex(1000), 0.3, 7, where)
  assert.is(heldOut.length, 300)
  assert.equal(
    [...kept],
    [...kept].sort((a, b) => a - b),
  )
  assert.equal(
    [...heldOut],
    [...heldOut].sort((a, b) => a - b),
  )
})

test('holds out samples, not their positions', () => {
  const { kept, heldOut } = holdOut(Uint32Array.of(90, 50, 70), 1, 1, where)
  assert.equal([...kept, ...heldOut].sort(), [50, 70, 90])
  assert.is(kept.length, 2)
})

test('depends on the seed and on what is held out', () => {
  const held = (seed: number, option: string) =>
    holdOut(everyIndex(100), 10, seed, { dataset: 'tiny', option }).heldOut
  assert.equal(held(1, 'validation'), held(1, 'validation'))
  assert.not.equal(held(1, 'validation'), held(2, 'validation'))
  assert.not.equal(held(1, 'validation'), held(1, 'test'))
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
