import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { BACKENDS, measure } from '../../src/backend/measure.ts'
import { works } from '../../src/backend/works.ts'
import { medianRatio } from '../../src/harness/statistics.ts'

const test = suite('the tfjs backend makes no small program slower')

/** The most that any may take, as a part of what tfjs's CPU backend takes in the same round. */
const MOST = 1.2

for (const work of works) {
  test(work.name, async () => {
    const { times } = await measure(work, 11)
    const ratio = medianRatio(times[BACKENDS[0]], times.cpu)
    assert.ok(ratio <= MOST, `takes ${ratio.toFixed(2)} of the time of tfjs on its CPU backend`)
  })
}

test.run()
