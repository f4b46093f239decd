import { strict as assert } from 'node:assert'
import type { Check } from '@ashlar/core/testing'
import type { Scheduler } from '../schedule/scheduler.ts'
import { newTrial, type Trial } from '../trials/trial.ts'

/** Makes all trials of a sweep in imagination, two at once. */
function simulate(scheduler: Scheduler, count: number, epochs: number): Trial[] {
  const trials: Trial[] = []
  const running: Trial[] = []
  // Each step trains somebody further, so that there are at most so many.
  for (let step = 0; step <= 2 * count * epochs; step++) {
    while (running.length < 2) {
      const promotion = scheduler.next({ trials, isComplete: trials.length >= count })
      let trial: Trial
      if (promotion !== undefined) {
        const found = trials.find(({ id }) => id === promotion.id)
        assert.ok(found !== undefined, `there is no trial ${promotion.id}`)
        assert.ok(!found.isOver && found.working === undefined, 'it must wait to go on')
        assert.ok(promotion.until > (found.rungs.at(-1)?.epochs ?? 0), 'it must go further')
        assert.ok(promotion.until <= epochs, 'at most all epochs')
        trial = found
        trial.working = promotion.until
      } else if (trials.length < count) {
        const index = trials.length
        trial = newTrial({ id: `t${index}`, index, params: {}, epochs })
        trial.working = scheduler.first(epochs)
        assert.ok(Number.isInteger(trial.working) && trial.working >= 1 && trial.working <= epochs)
        trials.push(trial)
      } else break
      running.push(trial)
    }
    const trial = running.splice(step % 2 === 0 ? 0 : running.length - 1, 1)[0]
    if (trial === undefined) return trials
    const until = trial.working!
    trial.rungs.push({ epochs: until, score: (trial.index * 7) % count })
    trial.working = undefined
    trial.isOver = until >= epochs
  }
  throw new assert.AssertionError({ message: 'it must come to an end' })
}

/** What every scheduler must keep. */
export const schedulerChecks: readonly Check<'scheduler'>[] = [
  {
    name: 'comes to an end, with a trial that had all its epochs',
    run({ create }) {
      for (const [count, epochs] of [
        [1, 1],
        [1, 9],
        [2, 9],
        [9, 10],
        [30, 27],
      ] as const) {
        const trials = simulate(create(), count, epochs)
        assert.equal(trials.length, count)
        assert.ok(trials.some(({ isOver }) => isOver))
      }
    },
  },
  {
    name: 'has the best trial go all the way',
    run({ create }) {
      const trials = simulate(create(), 27, 9)
      const best = trials.find(({ rungs }) => rungs[0]!.score === 0)!
      assert.ok(best.isOver)
    },
  },
]
