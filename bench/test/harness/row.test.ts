import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rowsOf, type Series } from '../../src/harness/row.ts'

const rows = suite('rows')

const series = (engine: string, metric: string, values: number[], batch = 64): Series => ({
  work: 'w',
  engine,
  batch,
  metric,
  unit: 'images/s',
  values,
})

rows('a row holds the median, the spread and the ratio against ours', () => {
  const [own, other] = rowsOf(
    [series('ours', 'throughput', [30, 10, 20]), series('peer', 'throughput', [10, 10, 10])],
    'ours',
  )
  assert.equal(own, {
    work: 'w',
    engine: 'ours',
    batch: 64,
    metric: 'throughput',
    value: 20,
    unit: 'images/s',
    ratio: null,
    spread: [10, 30],
    rounds: 3,
  })
  assert.is(other!.ratio, 2)
})

rows('a ratio takes the same metric and batch only', () => {
  const found = rowsOf(
    [
      series('ours', 'throughput', [4], 1),
      series('ours', 'first step', [3]),
      series('peer', 'throughput', [2]),
      series('peer', 'first step', [6]),
    ],
    'ours',
  )
  assert.equal(
    found.map(({ ratio }) => ratio),
    [null, null, null, 0.5],
  )
})

rows.run()
