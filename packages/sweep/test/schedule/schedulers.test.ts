import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { ashaScheduler } from '../../src/schedule/asha.ts'
import { halvingScheduler } from '../../src/schedule/halving.ts'
import { rungsOf } from '../../src/schedule/rungs.ts'
import type { Scheduler } from '../../src/schedule/scheduler.ts'
import { unitOf } from '../../src/suggest/random.ts'
import { newTrial, type Trial } from '../../src/trials/trial.ts'

const test = suite('schedulers')

test('rungs grow by eta, and the last is all epochs', () => {
  assert.equal(rungsOf(9, { eta: 3, minEpochs: 1 }), [1, 3, 9])
  assert.equal(rungsOf(10, { eta: 3, minEpochs: 1 }), [1, 3, 10])
  assert.equal(rungsOf(27, { eta: 3, minEpochs: 2 }), [2, 6, 27])
  assert.equal(rungsOf(9, { eta: 4, minEpochs: 1 }), [1, 4, 9])
  assert.equal(rungsOf(7, { eta: 4, minEpochs: 1 }), [1, 7])
  assert.equal(rungsOf(6, { eta: 3, minEpochs: 1 }), [1, 3, 6])
  assert.equal(rungsOf(2, { eta: 3, minEpochs: 1 }), [1, 2])
  assert.equal(rungsOf(1, { eta: 3, minEpochs: 5 }), [1])
  assert.equal(rungsOf(16, { eta: 2, minEpochs: 1 }), [1, 2, 4, 8, 16])
})

/** Makes all trials of a sweep in imagination: `workers` at once, ending in an order that a seed decides. Trial i is worth i after any epochs. */
function simulate(
  scheduler: Scheduler,
  {
    count = 27,
    epochs = 9,
    workers = 3,
    seed = 0,
  }: { count?: number; epochs?: number; workers?: number; seed?: number } = {},
): { trials: Trial[]; spent: number; order: string[] } {
  const trials: Trial[] = []
  const running: Trial[] = []
  const order: string[] = []
  let spent = 0
  for (let round = 0; ; round++) {
    while (running.length < workers) {
      const promotion = scheduler.next({ trials, isComplete: trials.length >= count })
      if (promotion !== undefined) {
        const trial = trials.find(({ id }) => id === promotion.id)!
        assert.is(trial.working, undefined, 'nobody is promoted who is being worked on')
        assert.not(trial.isOver)
        assert.ok(promotion.until > trial.rungs.at(-1)!.epochs)
        trial.working = promotion.until
        running.push(trial)
      } else if (trials.length < count) {
        const index = trials.length
        const trial = newTrial({ id: `t${index}`, index, params: {}, epochs })
        trial.working = scheduler.first(epochs)
        trials.push(trial)
        running.push(trial)
      } else break
    }
    if (running.length === 0) return { trials, spent, order }
    const at = Math.floor(unitOf(seed, round) * running.length)
    const [trial] = running.splice(at, 1)
    const until = trial!.working!
    spent += until - (trial!.rungs.at(-1)?.epochs ?? 0)
    // A pseudorandom worth of its own.
    trial!.rungs.push({ epochs: until, score: unitOf('worth', trial!.index) })
    trial!.working = undefined
    trial!.isOver = until >= epochs
    order.push(`${trial!.id}-${until}`)
  }
}

test('asha: about one of eta goes on, the best is among those that end, and steps are saved', () => {
  for (let seed = 0; seed < 20; seed++) {
    const { trials, spent } = simulate(ashaScheduler(), { seed, workers: 4 })
    const at = (epochs: number) =>
      trials.filter(({ rungs }) => rungs.some((each) => each.epochs === epochs))
    assert.is(at(1).length, 27)
    assert.ok(at(3).length >= 9 && at(3).length <= 15, `${at(3).length}`)
    assert.ok(at(9).length >= 3 && at(9).length <= 6, `${at(9).length}`)
    const best = [...trials].sort((a, b) => a.rungs[0]!.score - b.rungs[0]!.score)[0]!
    assert.ok(best.isOver, 'the best has all its epochs')
    assert.ok(spent < (27 * 9) / 2.5, `${spent}`)
  }
})

test('asha: does not wait for a rung to fill', () => {
  const { order } = simulate(ashaScheduler(), { workers: 2 })
  const firstPromotion = order.findIndex((each) => each.endsWith('-3'))
  const lastNew = order.findLastIndex((each) => each.endsWith('-1'))
  assert.ok(firstPromotion < lastNew)
})

test('halving: the same trials go on, whatever the order in which results come in', () => {
  const kept = (seed: number, workers: number) =>
    simulate(halvingScheduler(), { seed, workers }).trials.map(({ rungs }) => rungs.length)
  const first = kept(0, 1)
  for (let seed = 1; seed < 10; seed++) assert.equal(kept(seed, 1 + (seed % 5)), first)
  assert.is(first.filter((count) => count >= 2).length, 9)
  assert.is(first.filter((count) => count >= 3).length, 3)
})

for (const make of [ashaScheduler, halvingScheduler]) {
  test(`${make().name}: of too few trials, the best goes on to the end`, () => {
    const { trials } = simulate(make(), { count: 2, workers: 1 })
    assert.is(trials.filter(({ isOver }) => isOver).length, 1)
    const [best, other] = [...trials].sort((a, b) => a.rungs[0]!.score - b.rungs[0]!.score)
    assert.ok(best!.isOver && !other!.isOver)
  })

  test(`${make().name}: trials that fail or are no number keep nobody from going on`, () => {
    const scheduler = make()
    const trials = Array.from({ length: 9 }, (_, index) => {
      const trial = newTrial({ id: `t${index}`, index, params: {}, epochs: 9 })
      if (index < 4) {
        trial.isOver = true
        trial.error = { message: 'x', kind: 'crash' }
      } else {
        const score = index < 6 ? Number.POSITIVE_INFINITY : index
        trial.rungs.push({ epochs: 1, score })
      }
      return trial
    })
    assert.equal(scheduler.next({ trials, isComplete: true }), { id: 't6', until: 3 })
  })
}

test.run()
