import { strict as assert } from 'node:assert'
import type { Check } from '../bench.ts'

const LENGTHS = [1, 2, 10, 997]

/** What every schedule must keep. */
export const scheduleChecks: readonly Check<'schedule'>[] = [
  {
    name: 'gives a learning rate for every step, the last ones included',
    run({ create }) {
      const schedule = create()
      for (const total of LENGTHS) {
        for (let step = 0; step <= total + 2; step++) {
          const rate = schedule.at(step, total)
          assert.ok(
            Number.isFinite(rate) && rate >= 0,
            `step ${step} of ${total}: must be 0 or more, got ${rate}`,
          )
        }
      }
    },
  },
  {
    name: 'depends on nothing but the step, so that a run can resume',
    run({ create }) {
      const [first, second] = [create(), create()]
      const steps = Array.from({ length: 50 }, (_, step) => step)
      const forwards = steps.map((step) => first.at(step, 50))
      const backwards = steps.toReversed().map((step) => second.at(step, 50))
      assert.deepEqual(backwards.toReversed(), forwards)
    },
  },
]
