import { TrainingError } from '@ashlar/errors'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { suggest } from '../../src/work/lr-find.ts'
import { ashlar, ashlarJson, TINY } from '../support/ashlar.ts'

const test = suite('ashlar lr-find and overfit')

/** Losses that fall fastest around a rate, and grow from another on. */
function curve(fastest: number, grows: number) {
  return Array.from({ length: 100 }, (_, at) => {
    const learningRate = 1e-6 * 10 ** (at / 14)
    const fall = 1 / (1 + Math.exp(3 * Math.log10(learningRate / fastest)))
    const growth = Math.max(0, Math.log10(learningRate / grows))
    return { learningRate, loss: 1 + fall + 5 * growth ** 2 }
  })
}

for (const fastest of [1e-4, 1e-3, 1e-2]) {
  test(`finds where the loss falls fastest: ${fastest}`, () => {
    const { suggested, tenthOfBest } = suggest(curve(fastest, 30 * fastest))
    assert.ok(suggested > fastest / 2 && suggested < 2 * fastest, String(suggested))
    assert.ok(tenthOfBest > fastest / 2 && tenthOfBest < 20 * fastest, String(tenthOfBest))
  })
}

test('a loss that falls nowhere is an error', () => {
  const points = Array.from({ length: 50 }, (_, at) => ({
    learningRate: 10 ** (at / 9 - 6),
    loss: 1 + at,
  }))
  assert.throws(
    () => suggest(points),
    (error: Error) =>
      error instanceof TrainingError &&
      /the loss must fall at some learning rate/.test(error.message),
  )
})

test('tries the rates of an experiment and leaves no run', async () => {
  const { suggested, points } = await ashlarJson<{
    suggested: number
    points: { learningRate: number; loss: number }[]
  }>('lr-find', TINY, 'optimizer=adam', '--min', '1e-4', '--steps', '40')
  assert.ok(suggested > 1e-4 && suggested < 1, String(suggested))
  assert.is(points[0]?.learningRate, 1e-4)
  const rates = points.map(({ learningRate }) => learningRate)
  assert.equal(
    rates,
    [...rates].sort((a, b) => a - b),
  )
  const { code, err } = await ashlar('lr-find', TINY, '--min', '1', '--max', '0.1')
  assert.is(code, 2)
  assert.match(err, /--min must be above 0, and --max above it/)
})

test('a model that can learn a batch does, and one that cannot is told', async () => {
  const able = await ashlar('overfit', TINY, 'optimizer=adam', 'optimizer.learningRate=0.02')
  assert.is(able.code, 0, able.out)
  assert.match(able.out, /\nlearned: /)
  const unable = await ashlar(
    'overfit',
    TINY,
    'optimizer=sgd',
    'optimizer.learningRate=1e-9',
    '--steps',
    '5',
  )
  assert.is(unable.code, 1)
  assert.match(unable.out, /after 5 steps\n[\s\S]*\nnot learned: look at the labels/)
})

test.run()
