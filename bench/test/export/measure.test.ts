import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { OURS } from '../../src/export/engines.ts'
import { type Part, seriesOf } from '../../src/export/measure.ts'

const measure = suite('measure')

measure(
  'gives times, nodes, size and speed; times alone where the file is like another one',
  () => {
    const part: Part = {
      engine: { name: OURS, isTimeOnly: false },
      first: 2,
      exports: [0.3, 0.4],
      nodes: 17,
      bytes: 2048,
      rates: new Map([
        [1, [100, 200]],
        [256, [1000, 2000]],
      ]),
    }
    const unverified = { ...part, engine: { name: 'unverified', isTimeOnly: true } }
    assert.equal(
      seriesOf({ name: 'w' }, [part, unverified]).map(({ engine, metric, unit, values }) => [
        engine,
        `${metric}, ${unit}`,
        values,
      ]),
      [
        [OURS, 'export, s', [0.3, 0.4]],
        [OURS, 'first export, s', [2]],
        [OURS, 'nodes, all counted', [17]],
        [OURS, 'file, KiB', [2]],
        [OURS, 'inference, batch 1, images/s', [100, 200]],
        [OURS, 'inference, batch 256, images/s', [1000, 2000]],
        ['unverified', 'export, s', [0.3, 0.4]],
        ['unverified', 'first export, s', [2]],
      ],
    )
  },
)

measure.run()
