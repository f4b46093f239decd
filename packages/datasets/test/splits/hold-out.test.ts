import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { holdOut } from '../../src/splits/hold-out.ts'
import { everyIndex } from '../../src/splits/plan.ts'

const test = suite('holdOut')
const where = { dataset: 'tiny', option: 'validation' }

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

test.run()
