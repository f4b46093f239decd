import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { rowsOf } from '../../src/harness/row.ts'
import { engines, OURS } from '../../src/train/engines.ts'
import { summaryOf } from '../../src/train/summary.ts'

const summary = suite('summary')

const series = (work: string, engine: string, metric: string, ...values: number[]) => ({
  ...{ work, engine, batch: 8, metric, unit: '', values },
})

summary('holds ours against the best of each peer in each column', () => {
  const rows = rowsOf(
    [
      series('a training', OURS, 'throughput', 100, 120),
      series('a training', OURS, 'first step', 4),
      series('a training', OURS, 'second start', 2),
      series('a training', OURS, 'peak memory', 300),
      series('a training', 'pytorch eager', 'throughput', 50, 60),
      series('a training', 'pytorch eager', 'first step', 3),
      series('a training', 'pytorch eager', 'peak memory', 400),
      series('a training', 'pytorch compile', 'throughput', 80, 96),
      series('a training', 'pytorch compile', 'first step', 30),
      series('a training', 'pytorch compile', 'peak memory', 380),
      series('b training', OURS, 'throughput', 10),
      series('b training', 'pytorch fused', 'throughput', 2),
      series('b training', 'keras fit', 'throughput', 5),
      // Ours does not start.
      series('c training', 'pytorch fused', 'throughput', 2),
      series('c training', 'pytorch fused', 'first step', 2),
    ],
    OURS,
  )
  assert.equal(summaryOf(rows, engines).split('\n').slice(2), [
    '| a training | 8 | 1.25 |  | 4, 2 (3, -) | 300 (380, -) |',
    '| b training | 8 | 5.00 | 2.00 | -, - | - |',
    '| c training | 8 |  |  | -, - (2, -) | - |',
    '',
    'Geometric means of training: 2.50 x PyTorch (2), 2.00 x Keras (1).',
  ])
})

summary.run()
