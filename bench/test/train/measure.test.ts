import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OURS, YARDSTICK } from '../../src/train/engines.ts'
import { type Part, seriesOf } from '../../src/train/measure.ts'
import type { Work } from '../../src/train/work.ts'

const measure = suite('measure')

const work: Work = { name: 'w training', model: 'mini-resnet', mode: 'training', batch: 64 }

const part = (name: string, rates: number[], flops?: number): Part => ({
  engine: { name },
  ready: { version: 'v', ...(flops === undefined ? {} : { flops }) },
  firstStep: 2,
  peak: 300,
  rates,
})

measure('gives throughput, first step and memory', () => {
  const series = seriesOf(work, [part(OURS, [100, 200])])
  assert.equal(
    series.map(({ metric, unit, values }) => [metric, unit, values]),
    [
      ['throughput', 'images/s', [100, 200]],
      ['first step', 's', [2]],
      ['peak memory', 'MiB', [300]],
    ],
  )
})

measure('arithmetic is the work done of what the matrix product does in the same round', () => {
  const series = seriesOf(work, [
    part(OURS, [1000, 2000], 1e8),
    part('peer', [500, 500]),
    // GFLOP/s
    part(YARDSTICK.name, [400, 1000]),
  ])
  const arithmetic = series.filter(({ metric }) => metric === 'arithmetic')
  assert.equal(
    arithmetic.map(({ engine, values }) => [engine, values]),
    [
      // 1,000 images/s of 0.1 GFLOP each are 100 GFLOP/s.
      [OURS, [25, 20]],
      ['peer', [12.5, 5]],
    ],
  )
  assert.equal(
    series.filter(({ engine }) => engine === YARDSTICK.name).map(({ metric }) => metric),
    ['matrix product'],
  )
})

measure.run()
