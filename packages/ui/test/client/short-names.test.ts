import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { shortNames } from '../../src/client/short-names.ts'

const test = suite('short names of runs')

const of = (...runs: string[]) => Object.values(shortNames(runs))

test('what all have in common is left out', () => {
  assert.equal(of('20261103-142501-mnist', '20261103-150000-mnist'), ['142501', '150000'])
  assert.equal(of('20261103-142501-mnist', '20261103-142501-cifar'), ['mnist', 'cifar'])
})

test('trials of one sweep have their own names; of several, those of the sweeps too', () => {
  assert.equal(of('20261103-142501-sweep/ab', '20261103-142501-sweep/cd'), ['ab', 'cd'])
  assert.equal(of('1-sweep/ab', '2-sweep/cd'), ['1-sweep/ab', '2-sweep/cd'])
})

test('something is left of each', () => {
  assert.equal(of('a', 'a-b'), ['a', 'a-b'])
  assert.equal(of('only'), ['only'])
})

test.run()
