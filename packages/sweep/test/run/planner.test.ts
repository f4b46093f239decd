import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { listTrials } from '../../src/index.ts'
import { planTiny, resolver, tinySweep } from '../support/sweep.ts'

const test = suite('what a sweep plans')

test('reads the experiment of a point once, however often it is suggested', async () => {
  const args = ['seed=0..3', 'model.units=4,-1']
  const planned = await planTiny(tinySweep({ args, suggester: 'random', trials: 8 }))
  const read: string[] = []
  const resolve = resolver(args)
  const trials = await listTrials(planned, {
    resolve(overrides) {
      read.push(overrides.join(' '))
      return resolve(overrides)
    },
  })
  assert.is(trials.length, 8)
  assert.is(trials.filter(({ error }) => error !== undefined).length, 4)
  assert.is(new Set(read).size, 8)
  assert.is(read.length, 8)
})

test('points that come to the same experiment are one trial', async () => {
  const args = ['model={name: perceptron},perceptron', 'seed=0,1']
  const planned = await planTiny(tinySweep({ args, suggester: 'grid', trials: 4 }))
  const trials = await listTrials(planned, { resolve: resolver(args) })
  assert.equal(
    trials.map(({ params }) => params.seed),
    [0, 1],
  )
})

test.run()
