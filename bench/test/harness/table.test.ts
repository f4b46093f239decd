import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { Row } from '../../src/harness/row.ts'
import { numberText, tableOf } from '../../src/harness/table.ts'

const table = suite('table')

const row = (given: Partial<Row>): Row => ({
  work: 'w',
  engine: 'ours',
  batch: 1,
  metric: 'throughput',
  value: 1234.5,
  unit: 'images/s',
  ratio: null,
  spread: [1000, 2000],
  rounds: 3,
  ...given,
})

table('has a line per engine and a column per metric', () => {
  const rows = [
    row({}),
    row({ metric: 'first step', unit: 's', value: 0.51234, rounds: 1 }),
    row({ engine: 'peer', value: 100, ratio: 12.345 }),
  ]
  assert.is(
    tableOf(rows),
    [
      '| work | batch | engine | throughput, images/s | first step, s |',
      '| --- | --- | --- | --- | --- |',
      '| w | 1 | ours | 1,235 (1,000 to 2,000) | 0.512 |',
      '| w | 1 | peer | 100 (1,000 to 2,000), ours x 12.35 |  |',
    ].join('\n'),
  )
})

table('shows three digits that count', () => {
  assert.equal([0.012345, 1.2345, 99.96, 12_345.6].map(numberText), [
    '0.0123',
    '1.23',
    '100',
    '12,346',
  ])
})

table('has no column for the batch where no work has one', () => {
  assert.is(
    tableOf([row({ batch: null }), row({ batch: null, engine: 'peer' })]).split('\n')[0],
    '| work | engine | throughput, images/s |',
  )
  assert.match(tableOf([row({ batch: null }), row({ work: 'v', batch: 8 })]), /\| w \| {2}\| ours/)
})

table.run()
