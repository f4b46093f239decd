import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { seriesOf } from '../../src/accuracy/bench.ts'
import { rowsOf } from '../../src/harness/row.ts'

const accuracy = suite('accuracy')

accuracy('rows hold the median over seeds and the worst and best of them', () => {
  const summaries = [0.99, 0.97, 0.98].map((share) => ({
    test: { accuracy: share, loss: 1 - share },
    samplesPerSecond: 1000,
  }))
  const [row] = rowsOf(seriesOf(summaries), '')
  assert.equal(
    [row!.metric, row!.unit, row!.value, row!.spread, row!.rounds],
    ['test accuracy', '%', 98, [97, 99], 3],
  )
})

accuracy.run()
